import { emulatedProcessor, hostArchitecture } from '../../vm/architecture.ts';
import { readCommandLine, type VirtiofsDevice } from './command-line.ts';
import type { Writable } from './machine-file.ts';
import { ninePDevice } from '../../vm/nine-p-device.ts';
import { qemuValue } from '../../vm/qemu-value.ts';
import type { Share } from '../../vm/share.ts';
import { parseQemuOptions } from './qemu-options.ts';

/** What the command line itself does not say. */
export interface RewriteFacts {
  /** Socket of a virtio-fs device -> folder of the host that podman wants to share through it. */
  readonly folders: ReadonlyMap<string, string>;
  readonly writable: Writable;
  /** Whether /dev/kvm can be used; otherwise the machine is emulated. */
  readonly kvm: boolean;
  /** The file that the guest's serial console is added to; undefined leaves the console alone. */
  readonly consoleLog: string | undefined;
}

const CONSOLE = 'podbsdconsole';

/**
 * Turns podman's command line for QEMU into one that suits FreeBSD, which has a driver for 9P but none for virtio-fs.
 * Everything that is not mentioned here stays as it is, in order; so does a share whose folder is not known.
 */
export function rewriteQemuArgv(argv: readonly string[], facts: RewriteFacts): string[] {
  const { virtiofs } = readCommandLine(argv);
  const shared = virtiofs.filter(({ socket }) => facts.folders.has(socket));
  const byChardev = new Map(shared.map((device, index) => [device.chardev, { device, index }]));
  const result: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const value = argv[at + 1];
    const rewritten = value === undefined ? undefined : rewriteOption(word, value, byChardev, facts);
    if (rewritten === undefined) {
      result.push(word);
    } else {
      result.push(...rewritten);
      at++;
    }
  }
  if (facts.consoleLog !== undefined && !argv.includes('-serial')) {
    // `-serial file:PATH` would empty the file, in which the helper has left its notices.
    const file = `path=${qemuValue(facts.consoleLog)},append=on`;
    result.push('-chardev', `file,id=${CONSOLE},${file}`, '-serial', `chardev:${CONSOLE}`);
  }
  return result;
}

type SharedDevices = ReadonlyMap<string, { readonly device: VirtiofsDevice; readonly index: number }>;

/** The words that take the place of an option and its value; undefined keeps them. */
function rewriteOption(
  option: string,
  value: string,
  shared: SharedDevices,
  facts: RewriteFacts,
): string[] | undefined {
  const { kind, values } = parseQemuOptions(value);
  switch (option) {
    case '-chardev':
      // The device that follows brings its replacement.
      return shared.has(values.get('id') ?? '') ? [] : undefined;
    case '-device': {
      const found = kind === 'vhost-user-fs-pci' ? shared.get(values.get('chardev') ?? '') : undefined;
      return found === undefined ? undefined : ninePDevice(shareOf(found.device, facts), found.index, 'none');
    }
    case '-accel':
      return kind === 'kvm' && !facts.kvm ? ['-accel', 'tcg'] : undefined;
    case '-cpu':
      // Emulation has no host processor to pass through.
      return kind === 'host' && !facts.kvm
        ? ['-cpu', emulatedProcessor[hostArchitecture() ?? 'amd64']]
        : undefined;
    case '-drive':
      // What the guest deletes is given back to the host's file system.
      return values.get('if') === 'virtio' && !values.has('discard')
        ? ['-drive', `${value},discard=unmap`]
        : undefined;
    default:
      return undefined;
  }
}

function shareOf(device: VirtiofsDevice, { folders, writable }: RewriteFacts): Share {
  const mayWrite = writable === 'all' || writable.has(device.tag);
  return { tag: device.tag, source: folders.get(device.socket) ?? '', readOnly: !mayWrite };
}
