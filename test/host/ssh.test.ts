import * as fs from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { CommandError } from '../../src/host/command-error.ts';
import { SshHost } from '../../src/host/ssh.ts';
import { ConnectionLostError } from '../../src/host/ssh/connection.ts';
import { missing } from '../support/programs.ts';
import { folder, host, sshd, useSshd } from './ssh/with-sshd.ts';

describe.skipIf(missing('sshd') !== undefined)('SshHost', () => {
  useSshd();

  describe('run', () => {
    it('gives the program exactly the words, whatever they hold', async () => {
      const words = [
        '',
        ' ',
        `it's`,
        '$HOME',
        '`id`',
        'a\nb',
        '*',
        '!x',
        '\\',
        '"',
        '~',
        '--',
        'ü€',
        ';reboot',
      ];
      const { stdout } = await host.run(['printf', '%s\\0', ...words]);
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    });

    it('passes directory, environment and input', async () => {
      const env = { PODBSD_A: `it's $HOME`, PODBSD_B: '' };
      const script = 'pwd; printf "%s|%s|" "$PODBSD_A" "${PODBSD_B-unset}"; cat';
      const { stdout } = await host.run(['sh', '-c', script], { cwd: folder, env, input: 'line\n' });
      expect(stdout).toBe(`${folder}\nit's $HOME||line\n`);
    });

    it('gives every program the variables of the connection, and those of a call go before them', async () => {
      const other = await SshHost.connect({ ...sshd.settings, env: { PODBSD_A: 'all', PODBSD_B: 'all' } });
      const argv = ['sh', '-c', 'echo $PODBSD_A $PODBSD_B'] as const;
      expect((await other.run(argv, { env: { PODBSD_B: 'one' } })).stdout).toBe('all one\n');
      await other.close();
    });

    it('has no input without one', async () => {
      expect((await host.run(['cat'])).stdout).toBe('');
    });

    it('hands lines on, keeps both streams apart and logs them together', async () => {
      const lines: string[] = [];
      const logFile = join(folder, 'logs', 'run.log');
      const result = await host.run(['sh', '-c', 'echo one; echo two >&2; printf three'], {
        onLine: (line, stream) => lines.push(`${stream} ${line}`),
        logFile,
      });
      expect(result).toEqual({ exitCode: 0, stdout: 'one\nthree', stderr: 'two\n' });
      expect(lines.sort()).toEqual(['stderr two', 'stdout one', 'stdout three']);
      expect((await fs.readFile(logFile, 'utf8')).length).toBe('one\ntwo\nthree'.length);
    });

    it('hears how a program ended also when this process is too busy to hear it begin', async () => {
      await host.run(['true']);
      let ended = false;
      const running = host
        .run(['sh', '-c', 'echo done; exit 3'], { okCodes: [3] })
        .finally(() => (ended = true));
      // Between two looks at the network the server has the time to send several answers, which come in one piece.
      const busy = async (): Promise<void> => {
        while (!ended) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
          await new Promise(setImmediate);
        }
      };
      const [result] = await Promise.all([running, busy()]);
      expect(result).toMatchObject({ exitCode: 3, stdout: 'done\n' });
    });

    it('rejects exit codes that are not ok, with the end of the output', async () => {
      const error = await host.run(['sh', '-c', 'echo bad luck >&2; exit 3']).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(CommandError);
      expect((error as CommandError).failure).toMatchObject({ exitCode: 3, stderr: 'bad luck\n' });
      expect((error as CommandError).message).toContain('bad luck');
      expect(await host.run(['sh', '-c', 'exit 3'], { okCodes: [0, 3] })).toMatchObject({ exitCode: 3 });
    });

    it('tells a missing program, a missing directory and a signal apart', async () => {
      await expect(host.run(['podbsd-no-such-program'])).rejects.toThrow('no such program');
      await expect(host.run(['true'], { cwd: '/nowhere at all' })).rejects.toThrow(
        'no such directory: /nowhere at all',
      );
      await expect(host.run(['sh', '-c', 'kill -9 $$'])).rejects.toThrow('SIGKILL');
    });

    it('sends one TERM to the program alone and waits for it', async () => {
      const stop = new AbortController();
      const script =
        'trap "echo cleaning; exit 7" TERM; (trap "echo child got it" TERM; echo ready; sleep 1.5) & wait $!; wait';
      const running = host.run(['sh', '-c', script], {
        signal: stop.signal,
        onLine: (line) => (line === 'ready' ? stop.abort() : undefined),
      });
      const error = await running.catch((e: unknown) => e);
      expect((error as CommandError).failure).toMatchObject({ exitCode: 7, kind: 'stopped' });
      expect((error as CommandError).failure.stdout).toContain('cleaning');
      expect((error as CommandError).failure.stdout).not.toContain('child got it');
    });

    it('kills what does not end in time, children included', async () => {
      const marker = `86${process.pid}`;
      const error = await host
        .run(['sh', '-c', `sleep ${marker} & wait`], { timeoutMs: 300 })
        .catch((e: unknown) => e);
      expect((error as CommandError).failure.kind).toBe('timeout');
      expect(await commandLines()).not.toContain(`sleep\0${marker}\0`);
    });

    it('does not start what was stopped before', async () => {
      const file = join(folder, 'made');
      await expect(host.run(['touch', file], { signal: AbortSignal.abort() })).rejects.toThrow(
        'stopped on request',
      );
      expect(await host.stat(file)).toBeUndefined();
    });

    describe('that outlives its connection', () => {
      const outlives = (): { outlives: string } => ({ outlives: join(folder, 'running') });

      it('is come back to, and loses neither output nor exit status', async () => {
        const lines: string[] = [];
        const script =
          'for i in 1 2 3 4 5 6; do echo out $i; echo err $i >&2; sleep 0.15; done; echo made >"$0"; exit 3';
        const once = join(folder, 'made');
        const logFile = join(folder, 'run.log');
        const error = await host
          .run(['sh', '-c', script, once], {
            ...outlives(),
            logFile,
            onLine: (line, stream) => {
              lines.push(`${stream} ${line}`);
              if (line === 'out 2' || line === 'err 4') sshd.cut();
            },
          })
          .catch((e: unknown) => e);
        const { failure } = error as CommandError;
        const wanted = (word: string): string => [1, 2, 3, 4, 5, 6].map((i) => `${word} ${i}\n`).join('');
        expect(failure).toMatchObject({ exitCode: 3, stdout: wanted('out'), stderr: wanted('err') });
        expect(lines).toHaveLength(12);
        expect((await fs.readFile(logFile, 'utf8')).length).toBe(wanted('out').length * 2);
        expect(await host.readText(once)).toBe('made\n');
        expect(await host.list(join(folder, 'running'))).toEqual([]);
      });

      it('gets its directory and variables, and no input', async () => {
        const options = { ...outlives(), cwd: folder, env: { WORD: `it's $HOME!` } };
        const { stdout } = await host.run(['sh', '-c', 'pwd; echo "$WORD"; cat'], options);
        expect(stdout).toBe(`${folder}\nit's $HOME!\n`);
      });

      it('tells a missing program and a missing directory apart', async () => {
        await expect(host.run(['podbsd-no-such-program'], outlives())).rejects.toThrow('no such program');
        await expect(host.run(['true'], { ...outlives(), cwd: '/nowhere at all' })).rejects.toThrow(
          'no such directory: /nowhere at all',
        );
      });

      it('gets one TERM alone, also when the connection breaks then, and is waited for', async () => {
        const stop = new AbortController();
        const script =
          'trap "echo cleaning; sleep 0.5; echo clean; exit 7" TERM; (trap "echo child got it" TERM; echo ready; sleep 1.5) & wait $!';
        const error = await host
          .run(['sh', '-c', script], {
            ...outlives(),
            signal: stop.signal,
            onLine: (line) => {
              if (line === 'ready') stop.abort();
              if (line === 'cleaning') sshd.cut();
            },
          })
          .catch((e: unknown) => e);
        const { failure } = error as CommandError;
        expect(failure).toMatchObject({ exitCode: 7, kind: 'stopped' });
        expect(failure.stdout).toBe('ready\ncleaning\nclean\n');
      });

      it('is not waited for when it has vanished', async () => {
        const running = host.run(['sh', '-c', 'echo up; exec sleep 60'], {
          ...outlives(),
          onLine: () => void endAll(),
        });
        // As a restart of the machine does: the program and the shell that waits for it are gone.
        const endAll = async (): Promise<void> => {
          const parent = join(folder, 'running');
          const [name = ''] = (await host.list(parent)) ?? [];
          for (const file of ['waiting', 'pid'])
            process.kill(Number(await host.readText(join(parent, name, file))), 'SIGKILL');
        };
        await expect(running).rejects.toThrow('vanished without an exit status');
      });
    });

    it('reports a lost connection as a network failure and reconnects for the next command', async () => {
      const running = host.run(['sh', '-c', 'echo up; sleep 1'], {
        onLine: () => sshd.cut(),
      });
      const error = await running.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ConnectionLostError);
      expect((error as ConnectionLostError).exitCode).toBe(ExitCode.network);
      expect((error as ConnectionLostError).remedy).toMatch(/process \d+\) may still run/);
      expect((await host.run(['echo', 'back'])).stdout).toBe('back\n');
    });

    it('runs a command that only looks again by itself', async () => {
      let times = 0;
      const { stdout } = await host.run(['sh', '-c', 'echo up; sleep 0.2'], {
        readOnly: true,
        onLine: () => (times++ === 0 ? sshd.cut() : undefined),
      });
      expect([stdout, times]).toEqual(['up\n', 2]);
    });

    it('waits for a network that comes back', async () => {
      sshd.refuse(true);
      sshd.cut();
      // The client learns of the break by this command, which is lost.
      await expect(host.run(['true'])).rejects.toThrow(ConnectionLostError);
      const running = host.run(['echo', 'back']);
      setTimeout(() => sshd.refuse(false), 200);
      expect((await running).stdout).toBe('back\n');
    });
  });

  it('forwards a Unix socket', async () => {
    const remote = join(folder, 'remote.sock');
    const server = createServer((socket) => socket.end('hello from afar')).listen(remote);
    onTestFinished(() => void server.close());
    const local = join(folder, 'local.sock');
    const forward = await host.forwardUnix(local, remote);
    const read = async (): Promise<string> => {
      let text = '';
      for await (const chunk of connect(local)) text += String(chunk);
      return text;
    };
    expect(await read()).toBe('hello from afar');
    expect((await fs.stat(local)).mode & 0o777).toBe(0o600);
    sshd.cut();
    await expect(host.run(['true'])).rejects.toThrow(ConnectionLostError);
    expect(await read()).toBe('hello from afar');
    await forward.close();
    expect(await host.stat(local)).toBeUndefined();
  });
});

/** The arguments of every process on this machine, as /proc shows them. */
async function commandLines(): Promise<string[]> {
  const processes = (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return await Promise.all(processes.map((id) => fs.readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
}
