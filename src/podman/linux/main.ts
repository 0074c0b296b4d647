import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isFreebsdDisk } from '../../disk/guest-os.ts';
import { formOf } from '../drop-in.ts';
import { setupPaths, userFolders } from '../user-folders.ts';
import { readCommandLine, type MachineCommandLine } from './command-line.ts';
import { HELPER_FOLDERS, parseFolderList } from './helper-folders.ts';
import { kvmUsable } from './kvm.ts';
import { readWritable } from './machine-file.ts';
import { findVirtiofsd, startVirtiofsd } from './real-virtiofsd.ts';
import { readStart } from './read-start.ts';
import { rewriteQemuArgv } from './rewrite.ts';
import { socketPath, takeRecord, writeRecord, type VirtiofsdRecord } from './virtiofsd-record.ts';

/*
 * The program behind the scripts in front/, bundled into one file and installed beside them. It decides; the scripts
 * exec. What it prints on standard error goes to problems.log in its folder.
 *
 *     podman-helper.mjs record PODMAN-PID VIRTIOFSD-ARGUMENTS...
 *     podman-helper.mjs rewrite PODMAN-PID QEMU-ARGUMENTS...
 */

/** Exit codes that the scripts know. With `refused` standard output holds a message for the user. */
const Exit = { ok: 0, failed: 1, refused: 3 } as const;
type Exit = (typeof Exit)[keyof typeof Exit];

/** The folder of the scripts; this program lies in its lib/. */
const helpersFolder = dirname(import.meta.dirname);

async function main([mode, podman, ...args]: readonly string[]): Promise<Exit> {
  if (mode === 'record') return record(Number(podman), args);
  if (mode === 'rewrite') return await rewrite(Number(podman), args);
  throw new Error(`unknown mode ${mode ?? '(none)'}`);
}

function record(podman: number, args: readonly string[]): Exit {
  const socket = socketPath(args);
  // Called for something else, perhaps its version: the real one answers.
  if (socket === undefined) return Exit.failed;
  writeRecord(socket, { podman, folder: process.cwd(), args });
  return Exit.ok;
}

/**
 * Prints the new arguments, each on a line of its own that begins with `=`; nothing when they stay. For a machine that
 * is not FreeBSD the real virtiofsd is started first: the stand-in could not know which machine it was called for.
 */
async function rewrite(podman: number, argv: readonly string[]): Promise<Exit> {
  const line = readCommandLine(argv);
  const taken = await Promise.all(
    line.virtiofs.map(async ({ socket }) => [socket, await takeRecord(socket, podman)] as const),
  );
  const records = new Map(taken.flatMap(([socket, found]) => (found === undefined ? [] : [[socket, found]])));
  if (!(await isFreebsd(line))) return await leaveToVirtiofsd(records);
  try {
    print(forFreebsd(argv, line, records));
    return Exit.ok;
  } catch (error) {
    noted(undefined)(error);
    return await leaveToVirtiofsd(records);
  }
}

/** What cannot be determined is reported where the user looks, in the machine's console, and left as it is. */
async function isFreebsd({ disk, name }: MachineCommandLine): Promise<boolean> {
  if (disk === undefined) return false;
  try {
    return await isFreebsdDisk(disk, readStart);
  } catch (error) {
    const text = `cannot tell whether ${disk} is a disk of FreeBSD: ${messageOf(error)}; the machine is started as podman asked`;
    if (name !== undefined) makeConsoleLog(name, [text]);
    return noted(false)(new Error(text));
  }
}

function forFreebsd(
  argv: readonly string[],
  line: MachineCommandLine,
  records: ReadonlyMap<string, VirtiofsdRecord>,
): string {
  const { writable, notice } = readWritable(line.machineFile);
  const notices = [notice, oldDropIn(line)].filter((text) => text !== undefined);
  for (const text of notices) noted(undefined)(text);
  const words = rewriteQemuArgv(argv, {
    folders: new Map([...records].map(([socket, { folder }]) => [socket, folder])),
    writable,
    kvm: kvmUsable(import.meta.dirname),
    consoleLog: line.name === undefined ? undefined : makeConsoleLog(line.name, notices),
  });
  return words.map((word) => `=${escape(word)}\n`).join('');
}

async function leaveToVirtiofsd(records: ReadonlyMap<string, VirtiofsdRecord>): Promise<Exit> {
  if (records.size === 0) return Exit.ok;
  const program = findVirtiofsd(readHelperFolders(), helpersFolder);
  if (program === undefined) {
    print(
      'virtiofsd is not installed; this machine needs it for its volumes. Install it, or start without volumes.',
    );
    return Exit.refused;
  }
  try {
    for (const [socket, found] of records) await startVirtiofsd(program, socket, found);
    return Exit.ok;
  } catch (error) {
    print(messageOf(error));
    return Exit.refused;
  }
}

/** The folders that podman searched before setup-podman put this one first. */
function readHelperFolders(): string[] {
  try {
    return parseFolderList(readFileSync(join(import.meta.dirname, HELPER_FOLDERS), 'utf8'));
  } catch {
    return [];
  }
}

/** The notice when the drop-in still has the form for podman before 4.8, and a newer one starts the machine. */
function oldDropIn({ since5 }: MachineCommandLine): string | undefined {
  if (!since5) return undefined;
  const { dropIn } = setupPaths(userFolders());
  try {
    return formOf(readFileSync(dropIn, 'utf8')) === 'list'
      ? `${dropIn} hides folders that are compiled into this podman: run podbsd setup-podman`
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file that QEMU writes the serial console to, beside helpers/; for the user's eyes only.
 * @param notices that precede the guest's first line.
 */
function makeConsoleLog(machine: string, notices: readonly string[]): string | undefined {
  const folder = join(dirname(helpersFolder), 'console');
  const path = join(folder, `${machine}.log`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(path, notices.map((notice) => `podbsd: ${notice}\n`).join(''), { mode: 0o600 });
    return path;
  } catch (error) {
    return noted<string | undefined>(undefined)(error);
  }
}

/** For printf's %b, which restores a word that would not fit on a line. */
function escape(word: string): string {
  return word.replaceAll('\\', '\\\\').replaceAll('\n', '\\0012');
}

function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(1, bytes, done);
}

/** Notes an error in problems.log and continues with a fallback value. */
function noted<T>(value: T): (error: unknown) => T {
  return (error) => {
    process.stderr.write(`${new Date().toISOString()} ${messageOf(error)}\n`);
    return value;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main(process.argv.slice(2)).catch(noted(Exit.failed));
