import { runProgram } from '../freebsd/program.ts';
import type { EnsureSudo } from '../plan/steps.ts';
import { own } from '../freebsd/paths.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureFile } from './place.ts';

const sudoers = '/usr/local/etc/sudoers.d/podbsd';
const visudo = '/usr/local/sbin/visudo';

/**
 * podman runs everything that needs rights as `sudo COMMAND`, without a terminal to ask for a password on. Users are
 * named by number: no name can then be read as an alias or as a keyword such as ALL.
 */
export function applySudo(context: Context, step: EnsureSudo): void {
  const { system } = context;
  const lines = step.users.map((name) => {
    const account = context.account(name);
    if (account === undefined) throw new Error(`there is no user ${name}`);
    return `# user ${name}\n#${account.uid} ALL=(ALL) NOPASSWD: ALL\n`;
  });
  const content = `# Written by podbsd: podman runs its commands with sudo.\n${lines.join('')}`;
  if (system.readText(sudoers) !== content) check(context, content);
  ensureFile(context, { path: sudoers, content, mode: 0o440, owner: rootOwned });
}

/** A sudoers file that cannot be read would lock everybody out of sudo. */
function check(context: Context, content: string): void {
  const { system } = context;
  const folder = `${own.run}/scratch`;
  const path = `${folder}/sudoers`;
  ensureDirectory(context, folder, 0o700, rootOwned);
  if (system.lstat(path) !== undefined) system.remove(path);
  system.writeNew(path, content, 0o440);
  try {
    runProgram(system, [visudo, '-cf', path]);
  } finally {
    system.remove(path);
  }
}
