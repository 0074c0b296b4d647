import { ask } from '../host/ask.ts';
import type { Host } from '../host/host.ts';
import { ok, skipped, warning, type Check, type Verdict } from './check.ts';

/** Whether the system goes to sleep by itself, which stops machines and breaks off long builds. It is only said. */
export function sleepCheck(host: Host, platform: NodeJS.Platform = process.platform): Check {
  const judge = { linux: judgeLinux, darwin: judgeMacos, freebsd: judgeFreebsd }[platform as string];
  return {
    id: 'host.sleep',
    title: 'sleep',
    look: async () => (judge === undefined ? skipped(`not known for ${platform}`) : await judge(host)),
  };
}

/** The command behind a build that keeps the system awake while it runs. */
const awake = {
  linux: 'systemd-inhibit --what=sleep:idle podbsd build-image',
  macos: 'caffeinate -is podbsd build-image',
} as const;

/** logind(8) of systemd puts the system to sleep; what its settings and the kernel allow decides. */
async function judgeLinux(host: Host): Promise<Verdict> {
  const states = (await host.readText('/sys/power/state').catch(() => undefined))?.trim() ?? '';
  if (!/\b(mem|freeze|standby)\b/.test(states)) return ok('this system cannot go to sleep');
  if (
    (await ask(host, ['systemctl', 'show', '--property=LoadState', '--value', 'sleep.target'])) === 'masked'
  )
    return ok('sleep.target is masked, so it never does');
  const idle = await logind(host, 'IdleAction');
  if (idle === undefined) return ok('no systemd-logind runs that could put it to sleep');
  if (idle !== 'ignore' && idle !== 'lock')
    return warning(`logind does "${idle}" when nobody types, and a build would stop there`, awake.linux);
  const powered = await host.list('/sys/class/power_supply').catch(() => undefined);
  const hasBattery = powered?.some((name) => name.startsWith('BAT')) === true;
  const lid = await logind(host, 'HandleLidSwitch');
  if (hasBattery && lid !== undefined && lid !== 'ignore' && lid !== 'lock')
    return warning(`logind does "${lid}" when the lid is closed, and a build would stop there`, awake.linux);
  return ok(`logind does nothing when nobody types${hasBattery ? ' or the lid is closed' : ''}`);
}

async function logind(host: Host, property: string): Promise<string | undefined> {
  const place = [
    'org.freedesktop.login1',
    '/org/freedesktop/login1',
    'org.freedesktop.login1.Manager',
  ] as const;
  const answer = await ask(host, ['busctl', '--timeout=5', 'get-property', ...place, property]);
  return /^s "(.*)"$/.exec(answer ?? '')?.[1];
}

/** `pmset -g` prints the settings in force, one a line: ` sleep   10 (sleep prevented by caffeinate)`. */
async function judgeMacos(host: Host): Promise<Verdict> {
  const settings = await ask(host, ['pmset', '-g']);
  const [, minutes, note] = /^\s*sleep\s+(\d+)(?:\s+\((.*)\))?\s*$/m.exec(settings ?? '') ?? [];
  if (minutes === undefined) return skipped('pmset does not say');
  if (minutes === '0') return ok('it never does by itself');
  if (note?.includes('prevented') === true) return ok(`not now: ${note}`);
  return warning(`after ${minutes} minutes without a key, and a build would stop there`, awake.macos);
}

/** FreeBSD does not sleep when it is idle; the lid is a matter of acpi(4). */
async function judgeFreebsd(host: Host): Promise<Verdict> {
  const lid = await ask(host, ['sysctl', '-n', 'hw.acpi.lid_switch_state']);
  if (lid === undefined || lid === '' || lid === 'NONE') return ok('it never does by itself');
  return warning(
    `the system goes to ${lid} when the lid is closed, and a build would stop there`,
    'sysctl hw.acpi.lid_switch_state=NONE',
  );
}
