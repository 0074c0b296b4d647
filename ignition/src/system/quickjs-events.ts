import { engineModule } from './engine-module.ts';
import type { Child, ChildHandlers, Events, Timer } from './events.ts';
import { Children } from './quickjs-children.ts';
import { Timers } from './quickjs-timers.ts';
import type { Argv } from './system.ts';

const os: typeof import('os') = await engineModule('os');

/** As QuickjsSystem gives it to the programs that it runs. */
const environment = {
  PATH: '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin',
  HOME: '/root',
  LC_ALL: 'C',
} as const;

/** The engine's event loop, which runs while a program waits for something with `await`. */
export class QuickjsEvents implements Events {
  readonly pid = os.getpid();
  readonly #children = new Children(environment);
  readonly #timers = new Timers((milliseconds, awake) => {
    this.#children.start(['/bin/sleep', String(milliseconds / 1000)], { onExit: awake });
  });

  start(argv: Argv, handlers: ChildHandlers): Child {
    return this.#children.start(argv, handlers);
  }

  after(milliseconds: number, action: () => void): Timer {
    return this.#timers.after(milliseconds, action);
  }

  onTerminate(action: () => void): void {
    os.signal(os.SIGTERM, action);
    os.signal(os.SIGINT, action);
  }
}
