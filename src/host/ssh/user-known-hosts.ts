import { realpathSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { quoteWord } from '../../ground/quote.ts';
import { home } from '../../ground/xdg.ts';
import type { Host } from '../host.ts';
import { KnownHosts, keyBlob } from './known-hosts.ts';

export interface HostKey {
  /** As known_hosts names it: `HOST`, or `[HOST]:PORT`. */
  readonly address: string;
  /** `ssh-ed25519 AAAA...`. */
  readonly key: string;
  /** The owner of the key, for messages. */
  readonly owner: string;
}

/** The user's own file, to which keys are added. Where it is a link, the file that it leads to. */
export function userKnownHosts(): string {
  const file = join(home(), '.ssh', 'known_hosts');
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** The files that ssh(1) looks into, in its order (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile). */
export function defaultKnownHostsFiles(): string[] {
  const names = ['known_hosts', 'known_hosts2'];
  return [
    userKnownHosts(),
    join(home(), '.ssh', 'known_hosts2'),
    ...names.map((name) => join('/etc/ssh', `ssh_${name}`)),
  ];
}

/**
 * podman and docker check the host key against the user's own known_hosts. An entry for another key is not touched.
 * @param onNotice is told when the file cannot be written, as where another program makes it.
 * @returns the line that was added; undefined when the key was known, or the file could not be written.
 * @throws PodbsdError (exit code `untrusted`) when the file lists another key for this address, or marks this one as
 * revoked.
 */
export async function pinHostKey(
  host: Host,
  wanted: HostKey,
  onNotice: (notice: string) => void,
): Promise<string | undefined> {
  const { address, owner } = wanted;
  const key = wanted.key.split(' ').slice(0, 2).join(' ');
  const line = `${address} ${key}`;
  const file = userKnownHosts();
  const refusal = (problem: string, remedy: string): PodbsdError =>
    new PodbsdError({
      doing: `pinning the host key of ${owner}`,
      problem,
      remedy,
      exitCode: ExitCode.untrusted,
    });
  try {
    const before = (await host.readText(file)) ?? '';
    const known = new KnownHosts(before);
    const verdict = known.check(address, keyBlob(key));
    if (verdict === 'known') return undefined;
    const [place = 1] = known.lines(address);
    const remove = `sed -i.old ${place}d ${quoteWord(file)}`;
    if (verdict === 'revoked')
      throw refusal(
        `${file} marks this key as revoked`,
        `make the machine again, so that it gets another key`,
      );
    if (verdict === 'changed')
      throw refusal(
        `${file}, line ${place}, lists another key for ${address}`,
        `if that machine is gone: ${remove}`,
      );
    await host.perform(`add to ${file}: ${line}`, () => appendLine(file, line));
    return line;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    onNotice(
      `${file} cannot be written (${fileProblem(error)}): podman and docker do not know ${owner} until it has the line\n${line}`,
    );
    return undefined;
  }
}

/** Removes a line that was added; other lines stay, even for the same address. */
export async function unpinHostKey(host: Host, line: string): Promise<void> {
  const file = userKnownHosts();
  const before = (await host.readText(file)) ?? '';
  const after = before.split('\n').filter((one) => one !== line);
  if (after.length === before.split('\n').length) return;
  try {
    await host.writeFile(file, after.join('\n'), { mode: 0o600 });
  } catch (error) {
    throw new PodbsdError({
      doing: 'removing a host key',
      problem: `${file} cannot be written (${fileProblem(error)})`,
      remedy: `remove this line from it: ${line}`,
      exitCode: ExitCode.host,
      cause: error,
    });
  }
}

/**
 * Adds a line at the end, because other programs write this file too; a line is short enough to be written whole. The
 * folder and the file are made with the rights that ssh gives them.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const before = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  });
  if (before === '') await writeFile(file, `${line}\n`, { flag: 'a', mode: 0o600 });
  else await appendFile(file, `${before.endsWith('\n') ? '' : '\n'}${line}\n`);
}
