import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { home } from '../../ground/xdg.ts';
import { CommandError } from '../command-error.ts';
import { runProgram } from '../run-program.ts';
import type { SshSettings } from './settings.ts';
import { parseSshUrl, readSshUrl } from './url.ts';

/** Keys that are tried anyway. */
const USUAL_KEY = /^~\/\.ssh\/id_[a-z0-9_]+$/;

/**
 * How to reach what a URL names, with what the user's ssh_config(5) says about that name: ssh(1) itself reads it. What
 * the URL says goes first, and without a user in either it is root. Where there is no ssh(1), the URL is all there is.
 * @throws PodbsdError when the configuration is wrong, or asks for what podbsd does not do.
 */
export async function settingsFromUrl(url: string): Promise<SshSettings> {
  const { host, user, port } = readSshUrl(url);
  const explicit = [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
  const text = await configOf(host, explicit);
  return text === undefined ? parseSshUrl(url) : settingsFrom(text, host);
}

/** What `ssh -G` prints, undefined without ssh(1). */
async function configOf(host: string, explicit: readonly string[]): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-ssh-'));
  try {
    const file = join(folder, 'config');
    await writeFile(file, withDefaults());
    return (await runProgram(['ssh', '-F', file, '-G', ...explicit, host])).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { kind, stderr } = error.failure;
    if (kind === 'no-program') return undefined;
    throw new PodbsdError({
      doing: `reading what ssh's configuration says about ${host}`,
      problem: stderr.trim() || error.message,
      remedy: `correct it until this works: ssh -G ${host}`,
      exitCode: ExitCode.config,
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files that ssh(1) reads, and behind them what podbsd has for whatever they leave open: the first value counts. */
function withDefaults(): string {
  const own = join(home(), '.ssh');
  return [
    `Include "${join(own, 'config')}"`,
    'Include /etc/ssh/ssh_config',
    'Match all',
    'User root',
    `UserKnownHostsFile "${join(own, 'known_hosts')}" "${join(own, 'known_hosts2')}"`,
    '',
  ].join('\n');
}

function settingsFrom(text: string, alias: string): SshSettings {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const one = (key: string): string | undefined => values.get(key)?.find((value) => value !== 'none');
  for (const key of ['proxyjump', 'proxycommand'])
    if (one(key) !== undefined) throw throughOthers(alias, key, one(key) ?? '');
  const [host, user, port] = [one('hostname') ?? alias, one('user') ?? 'root', Number(one('port') ?? 22)];
  const tokens = { h: host, n: alias, p: String(port), r: user, u: userInfo().username, d: home() };
  const path = (given: string): string => expanded(given, tokens);
  const files = (key: string): string[] => (one(key) ?? '').split(' ').filter((file) => file !== '');
  const keys = (values.get('identityfile') ?? []).filter((file) => file !== 'none' && !USUAL_KEY.test(file));
  const agent = values.get('identityagent')?.[0];
  const alsoNew = ['accept-new', 'no', 'off', 'false'].includes(one('stricthostkeychecking') ?? '');
  return {
    ...{ host, user, port },
    knownHostsFiles: [...files('userknownhostsfile'), ...files('globalknownhostsfile')].map(path),
    ...(keys.length === 0 ? {} : { identityFiles: keys.map(path) }),
    ...(one('identitiesonly') === 'yes' && keys.length > 0 ? { onlyIdentityFiles: true } : {}),
    ...(agent === undefined || agent === 'SSH_AUTH_SOCK'
      ? {}
      : { agent: agent === 'none' ? false : path(agent) }),
    ...(one('hostkeyalias') === undefined ? {} : { hostKeyAlias: one('hostkeyalias') ?? alias }),
    ...(alsoNew ? { acceptNewHostKey: true } : {}),
  };
}

/** `~`, the variables and the tokens of ssh_config(5) that `ssh -G` leaves as they are written. */
function expanded(path: string, tokens: Readonly<Record<string, string>>): string {
  return path
    .replace(/^~(?=\/|$)/, () => home())
    .replaceAll(
      /^\$(\w+)$|\$\{(\w+)\}/g,
      (_, whole?: string, part?: string) => process.env[whole ?? part ?? ''] ?? '',
    )
    .replaceAll(/%(.)/g, (token: string, letter: string) =>
      letter === '%' ? '%' : (tokens[letter] ?? token),
    );
}

function throughOthers(alias: string, key: string, value: string): PodbsdError {
  const name = key === 'proxyjump' ? 'ProxyJump' : 'ProxyCommand';
  return new PodbsdError({
    doing: `looking up ${alias} in ssh's configuration`,
    problem: `it is reached through others (${name} ${value}), and podbsd connects without detours`,
    remedy: `let ssh make the way: ssh -N -L 2222:localhost:22 ${alias}; then use ssh://USER@localhost:2222`,
    exitCode: ExitCode.host,
  });
}
