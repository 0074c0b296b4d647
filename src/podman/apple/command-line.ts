import { basename, dirname } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';

/** A folder of the Mac, as `--device virtio-fs` names it. */
export interface SharedFolder {
  readonly source: string;
  /** First 36 hexadecimal digits of the SHA-256 of the target folder. */
  readonly tag: string;
}

/** What podman asks vfkit or krunkit for (4.9.5, 5.4.2, 5.8.3, 6.0.0-rc1; all pass nearly the same words). */
export interface HelperCommandLine {
  /** The machine's name, read off its EFI variable store or, for 4.x, off its ready socket. */
  readonly name: string;
  /** podman's name for its provider: `applehv` or `libkrun`. */
  readonly provider: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly disk: string;
  /** podman's listener for the line that says that the guest is ready. */
  readonly readySocket: string;
  /** podman's HTTP server that offers the Ignition config; passed until the first successful stop. */
  readonly ignitionSocket: string | undefined;
  /** The file for the guest's console. libkrun gets none with `--log-level debug`. */
  readonly log: string | undefined;
  /** gvproxy's datagram socket, and the MAC address of the machine. */
  readonly network: { readonly socket: string; readonly mac: string };
  readonly shares: readonly SharedFolder[];
  readonly rest: { readonly host: string; readonly port: number };
  /** Options that mean nothing to a FreeBSD machine, or that are not known yet. */
  readonly ignored: readonly string[];
}

/** Options that stand alone; all others take the word that follows. */
const FLAGS = ['--nested', '--gui'];

/** Reads vfkit's and krunkit's command line. Neither supports quoting: a comma separates, even within a path. */
export function readHelperCommandLine(program: string, words: readonly string[]): HelperCommandLine {
  const options = pairs(words);
  const values = (option: string): string[] =>
    options.filter(([name]) => name === option).map(([, value]) => value);
  const devices = values('--device');
  const device = (form: RegExp): RegExpExecArray | undefined =>
    devices.map((text) => form.exec(text)).find((found) => found !== null) ?? undefined;

  const disk = need(device(/^virtio-blk,path=(.+)$/s)?.[1], 'no disk (--device virtio-blk,path=...)');
  const socket = (port: number): string | undefined =>
    device(new RegExp(`^virtio-vsock,port=${port},socketURL=(?:unix://)?(.+?)(?:,listen)?$`, 's'))?.[1];
  const readySocket = need(socket(1025), 'no ready socket (--device virtio-vsock,port=1025,...)');
  const network = device(/^virtio-net,unixSocketPath=(.+?)(?:,mac=([0-9a-f:]{17}))?$/s);
  const rest = /^tcp:\/\/([^/:]+):(\d+)$/.exec(values('--restful-uri').at(-1) ?? '');
  const folder = basename(dirname(disk));
  return {
    name: machineName(values('--bootloader').at(-1) ?? '', readySocket),
    provider: folder === 'applehv' || folder === 'libkrun' ? folder : providerOf(program),
    cpus: count(values('--cpus').at(-1), '--cpus'),
    memoryMiB: count(values('--memory').at(-1), '--memory'),
    disk,
    readySocket,
    ignitionSocket: socket(1024),
    log: device(/^virtio-serial,logFilePath=(.+)$/s)?.[1],
    network: {
      socket: need(network?.[1], 'no network (--device virtio-net,unixSocketPath=...)'),
      mac: network?.[2] ?? '5a:94:ef:e4:0c:ee',
    },
    shares: devices.flatMap((text) => {
      // A folder's name may hold commas; the tag does not.
      const [, source, tag] = /^virtio-fs,sharedDir=(.+),mountTag=([^,]+)$/s.exec(text) ?? [];
      return source === undefined || tag === undefined ? [] : [{ source, tag }];
    }),
    rest: { host: need(rest?.[1], 'no --restful-uri tcp://...'), port: Number(rest?.[2]) },
    ignored: options.filter(isIgnored).map(([name, value]) => `${name} ${value}`.trim()),
  };
}

const known = ['--cpus', '--memory', '--bootloader', '--restful-uri'];
const knownDevices = /^virtio-(blk|net|fs|serial|rng|vsock,port=102[45]),|^virtio-rng$/;

function isIgnored([name, value]: readonly [string, string]): boolean {
  return name === '--device' ? !knownDevices.test(value) : !known.includes(name);
}

function pairs(words: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    // An option of a later podman may take no value either: the next word is then not its value.
    const alone =
      !word.startsWith('--') || FLAGS.includes(word) || next === undefined || next.startsWith('--');
    found.push([word, alone ? '' : next]);
    if (!alone) at++;
  }
  return found;
}

function machineName(bootloader: string, readySocket: string): string {
  const store = basename(/variable-store=(.+?)(?:,create)?$/s.exec(bootloader)?.[1] ?? '');
  if (store.startsWith('efi-bl-')) return store.slice('efi-bl-'.length);
  return basename(readySocket, '.sock').replace(/_ready$/, '');
}

function providerOf(program: string): string {
  return basename(program) === 'krunkit' ? 'libkrun' : 'applehv';
}

function count(text: string | undefined, option: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw refused(`${option} ${text ?? '(missing)'} is not a number`);
  return number;
}

function need(value: string | undefined, problem: string): string {
  if (value === undefined) throw refused(problem);
  return value;
}

function refused(problem: string): PodbsdError {
  return new PodbsdError({
    doing: "reading podman's command line",
    problem,
    remedy: 'podbsd does not know the arguments of this podman yet: install a newer podbsd',
    exitCode: ExitCode.usage,
  });
}
