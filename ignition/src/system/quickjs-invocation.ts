import { engineModule } from './engine-module.ts';
import { signalNumbers, type SignalName } from './events.ts';
import type { Invocation } from './invocation.ts';
import type { Argv } from './system.ts';

const os: typeof import('os') = await engineModule('os');
const std: typeof import('std') = await engineModule('std');

export class QuickjsInvocation implements Invocation {
  environment(name: string): string {
    return std.getenv(name) ?? '';
  }

  input(): string {
    return std.in.readAsString();
  }

  signal(pid: number, name?: SignalName): boolean {
    return os.kill(pid, name === undefined ? 0 : signalNumbers[name]) === 0;
  }

  hold(argv: Argv): { release(): void } | undefined {
    const [toChild, fromChild] = [os.pipe(), os.pipe()];
    if (toChild === null || fromChild === null) return undefined;
    const pid = os.exec(argv, { block: false, usePath: false, stdin: toChild[0], stdout: fromChild[1] });
    os.close(toChild[0]);
    os.close(fromChild[1]);
    const release = (): void => {
      os.close(toChild[1]);
      os.close(fromChild[0]);
      os.waitpid(pid, 0);
    };
    const buffer = new Uint8Array(1);
    // One that has ended must not end us by the signal of a broken pipe.
    os.signal(os.SIGPIPE, undefined);
    os.write(toChild[1], buffer.buffer, 0, 1);
    os.signal(os.SIGPIPE, null);
    if (os.read(fromChild[0], buffer.buffer, 0, 1) === 1) return { release };
    release();
    return undefined;
  }
}
