import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { disableAutostart, enableAutostart } from '../../../src/machine/autostart/autostart.ts';
import { autostartService } from '../../../src/machine/autostart/service.ts';
import { DryRunHost } from '../../../src/host/dry-run.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A program's path in which every character means something to some shell. */
const ODD = `/opt/it's "a" $HOME %h \`id\` & <x>; \\/podbsd`;

async function service(platform: NodeJS.Platform, env: NodeJS.ProcessEnv = { HOME: '/home/me' }) {
  return await autostartService('work', { platform, env, podbsd: [ODD], user: "o'me" });
}

describe('systemd', () => {
  it('is a unit of the user, whose program is text and nothing else', async () => {
    const { path, content, enable } = await service('linux');
    expect(path).toBe('/home/me/.config/systemd/user/podbsd-machine-work.service');
    expect(content).toContain(
      `ExecStart="/opt/it's \\"a\\" $$HOME %%h \`id\` & <x>; \\\\/podbsd" "machine" "start" "work"`,
    );
    expect(enable.at(-1)).toEqual(['systemctl', '--user', 'enable', 'podbsd-machine-work.service']);
  });
});

it.each(['linux', 'darwin', 'freebsd'] as const)(
  'a folder for data of the user is named, for nothing sets the variable then (%s)',
  async (platform) => {
    const { content } = await service(platform, { HOME: '/home/me', XDG_DATA_HOME: '/data' });
    expect(content).toMatch(/\/usr\/bin\/env\b[^]*XDG_DATA_HOME=\/data/);
  },
);

describe('launchd', () => {
  it('is an agent of the user', async () => {
    const { path, content } = await service('darwin');
    expect(path).toBe('/home/me/Library/LaunchAgents/org.podbsd.machine.work.plist');
    expect(content).toContain('&quot;a&quot; $HOME %h `id` &amp; &lt;x&gt;; \\/podbsd</string>');
    expect(content).toContain('<string>org.podbsd.machine.work</string>');
  });
});

describe.skipIf(missing('sh') !== undefined)("FreeBSD's rc", () => {
  it('starts the machine as its user, with the words as they are', async () => {
    const folder = await tempDir();
    const { content, path, mode } = await service('freebsd');
    expect(path).toBe('/usr/local/etc/rc.d/podbsd_machine_work');
    expect(mode).toBe(0o755);
    // In place of rc.subr and su: only what the script itself does.
    const script = join(folder, 'script');
    await writeFile(
      join(folder, 'rc.subr'),
      'load_rc_config() { :; }\nrun_rc_command() { $start_cmd; }\n' +
        'su() { echo "<$1>" "<$2>" "<$3>"; eval "set -- $4"; for word; do echo "<$word>"; done; }\n',
    );
    await writeFile(script, content.replace('. /etc/rc.subr', `. ${join(folder, 'rc.subr')}`));
    const { stdout } = await execa('sh', [script, 'start']);
    expect(stdout.split('\n')).toEqual(["<-l> <o'me> <-c>", `<${ODD}>`, '<machine>', '<start>', '<work>']);
  });
});

describe('on and off', () => {
  it('the file comes and goes, and a file of somebody else stays', async () => {
    const folder = await tempDir();
    const wanted = await service('linux', { HOME: folder });
    const commands: string[] = [];
    const run = async (argv: readonly string[]) => {
      commands.push(argv.join(' '));
      return { exitCode: 0, stdout: '', stderr: '' };
    };
    const host = Object.assign(new LocalHost(), { run });
    await enableAutostart(wanted, host);
    expect(await readFile(wanted.path, 'utf8')).toBe(wanted.content);
    expect(commands).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable podbsd-machine-work.service',
    ]);
    expect(await disableAutostart(wanted, host)).toBe(true);
    expect(await disableAutostart(wanted, host)).toBe(false);

    await writeFile(wanted.path, '[Unit]\n');
    expect(await disableAutostart(wanted, host)).toBe(false);
    expect(await readFile(wanted.path, 'utf8')).toBe('[Unit]\n');
  });

  it('a dry run writes nothing', async () => {
    const lines: string[] = [];
    const wanted = await service('linux', { HOME: await tempDir() });
    await enableAutostart(wanted, new DryRunHost((line) => lines.push(line)));
    expect(lines[0]).toContain(`# write ${wanted.path}`);
    await expect(readFile(wanted.path)).rejects.toThrow('ENOENT');
  });
});
