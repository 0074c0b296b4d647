import type { Command } from '../command-line/command.ts';
import { apiAnswers, openSocketToGroup } from '../freebsd/api-service.ts';
import { loginsToTry, type Login } from '../freebsd/login-keys.ts';
import { own } from '../freebsd/paths.ts';
import { waitForPort, writeToPort } from '../freebsd/ready-port.ts';
import { whyNoLogin } from '../freebsd/sshd.ts';
import { messageOf, type System } from '../system/system.ts';
import { announce, log, oneLine } from '../log.ts';
import { readStatus } from '../state/status.ts';
import { concludeUpgrade, fallBack } from './upgrade-outcome.ts';

const portSeconds = 30;
const greeting = '/var/run/motd';

const defaultSeconds = 120;

export const readyCommand: Command = {
  name: 'ready',
  summary: 'Tell podman that this machine can be used (at each boot)',
  details:
    `Waits (${defaultSeconds} s at most, or as --timeout says) until sshd accepts a key of the machine user and the\n` +
    'podman API answers, then writes "Ready" to the port org.fedoraproject.port.0, or "Failed: " and the reason.',
  examples: ['podbsd-agent ready --timeout 240'],
  options: [
    {
      names: ['--timeout'],
      value: 'SECONDS',
      what: 'how long to wait at most',
      check: (value) =>
        /^[1-9]\d{0,4}$/.test(value) ? undefined : 'not a number of seconds from 1 to 99999',
    },
  ],
  run: (system, line) => ready(system, Number(line.value('--timeout') ?? defaultSeconds)),
};

/**
 * Tells podman that the machine can be used, once it can: podman 4.3 logs in right after this line and tries only once.
 * If it cannot, the reason is sent instead: podman accepts any line, continues, and fails at the next step.
 */
export function ready(system: System, timeoutSeconds: number): number {
  const reason = attempt(() => whyNotReady(system, timeoutSeconds));
  if (reason !== undefined && attempt(() => (fallBack(system, reason) ? 'yes' : undefined)) === 'yes')
    return 1;
  const line = reason === undefined ? 'Ready' : `Failed: ${oneLine(reason)}`;
  if (reason !== undefined) {
    announce(system, `not ready: ${reason}`);
    greet(system, reason);
  }
  const unheard = attempt(() => report(system, line));
  if (reason === undefined) concludeUpgrade(system);
  return unheard === undefined && reason === undefined ? 0 : 1;
}

/** Whoever logs in sees it: rc(8) makes this file anew at each boot, and sshd shows it. */
function greet(system: System, reason: string): void {
  const line = `\npodbsd: this machine is not ready: ${reason}\nSee podbsd-agent status.\n`;
  attempt(() => {
    if (system.readText(greeting)?.includes(line) !== true) system.append(greeting, line);
    return undefined;
  });
}

function report(system: System, line: string): string | undefined {
  if (!waitForPort(system, portSeconds)) {
    const reason = `there is no port for podman after ${portSeconds} s, so nobody was told "${line}"`;
    announce(system, reason);
    return reason;
  }
  writeToPort(system, line);
  log(system, `told podman: ${line}`);
  if (system.lstat(own.ready) !== undefined) system.remove(own.ready);
  system.writeNew(own.ready, `${line}\n`, 0o644);
  return undefined;
}

function attempt(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return messageOf(error);
  }
}

function whyNotReady(system: System, timeoutSeconds: number): string | undefined {
  if (system.lstat(own.provisioned) === undefined) return 'provisioning has not finished in this boot';
  const status = readStatus(system);
  if (status?.ok !== true) return status?.failures[0] ?? 'provisioning has left no status';
  // podman 5 and 6 log in as root first, and so does the rootful connection of every version.
  const logins = loginsToTry(system, [
    ...(status.machineUser === undefined ? [] : [status.machineUser]),
    'root',
  ]);
  const end = system.monotonicMs() + timeoutSeconds * 1000;
  for (;;) {
    openSocketToGroup(system);
    const problem = whyNotAll(system, logins) ?? whyNoApi(system);
    if (problem === undefined) return undefined;
    if (system.monotonicMs() > end) return `${problem}, after ${timeoutSeconds} s`;
    system.sleepMs(100);
  }
}

/** Removes everybody who can log in from the list, so that nobody is tried twice. */
function whyNotAll(system: System, logins: Login[]): string | undefined {
  for (let login = logins[0]; login !== undefined; login = logins[0]) {
    const problem = whyNoLogin(system, login);
    if (problem !== undefined) return problem;
    logins.shift();
  }
  return undefined;
}

function whyNoApi(system: System): string | undefined {
  return apiAnswers(system) ? undefined : 'the podman API service does not answer';
}
