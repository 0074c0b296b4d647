import { own } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import type { EnsureFile } from '../plan/steps.ts';
import type { Argv, Content } from '../system/system.ts';
import { ensureBlock } from './block.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory } from './place.ts';

const sshdConfig = '/etc/ssh/sshd_config';
const sshdFolder = '/etc/ssh/sshd_config.d';

type Check = NonNullable<EnsureFile['check']>;

/**
 * The checks that a file of the config must pass before it is put where a wrong one would lock people out. Throws with
 * the reason.
 */
export function checkFile(context: Context, check: Check, content: Content): void {
  switch (check) {
    case 'sudo':
      withScratch(context, 'sudoers', content, (path) => {
        runProgram(context.system, ['/usr/local/sbin/visudo', '-cf', path]);
      });
      return;
    case 'sh':
      withScratch(context, 'profile', content, (path) => {
        runProgram(context.system, ['/bin/sh', '-n', path]);
      });
      return;
    case 'sshd':
    case 'sshd-whole':
      withScratch(context, 'sshd_config', content, (path) => {
        checkSshd(context, check === 'sshd' ? [path, sshdConfig] : [path]);
      });
  }
}

/** Together with FreeBSD's own settings: some fail only in combination. */
function checkSshd(context: Context, files: readonly string[]): void {
  const { system } = context;
  const all = files.map((path) => `Include ${path}\n`).join('');
  withScratch(context, 'sshd_config.whole', all, (whole) => {
    // -t demands the host keys, which are made at the first start of sshd; -G, which does not, came with OpenSSH 9.3.
    const dry: Argv = ['/usr/sbin/sshd', '-G', '-f', whole];
    const result = system.run(dry);
    if (/(?:illegal|unknown|invalid) option/.test(result.err))
      runProgram(system, ['/usr/sbin/sshd', '-t', '-f', whole]);
    else if (result.code !== 0) runProgram(system, dry);
  });
}

/** Makes FreeBSD read the folder that the file is in. */
export function haveRead(context: Context, check: Check): void {
  if (check === 'sshd') {
    const text = context.system.readText(sshdConfig) ?? '';
    if (/^\s*Include\s.*sshd_config\.d\//im.test(text)) return;
    ensureBlock(context, {
      path: sshdConfig,
      name: 'files of the config',
      // The first setting counts, so they come before FreeBSD's own.
      lines: [`Include ${sshdFolder}/*.conf`],
      mode: 0o644,
      place: 'top',
    });
  }
  if (check === 'sh') readProfileFolder(context);
}

/** FreeBSD's shell reads /etc/profile alone. */
export function readProfileFolder(context: Context): void {
  const loop = 'for profile in /etc/profile.d/*.sh; do';
  ensureBlock(context, {
    path: '/etc/profile',
    name: 'scripts of the config',
    lines: [loop, '\t[ -r "$profile" ] && . "$profile"', 'done', 'unset profile'],
    mode: 0o644,
  });
}

function withScratch(context: Context, name: string, content: Content, use: (path: string) => void): void {
  const { system } = context;
  const folder = `${own.run}/scratch`;
  const path = `${folder}/${name}`;
  ensureDirectory(context, folder, 0o700, rootOwned);
  if (system.lstat(path) !== undefined) system.remove(path);
  system.writeNew(path, content, 0o440);
  try {
    use(path);
  } finally {
    system.remove(path);
  }
}
