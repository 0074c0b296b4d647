import { InvalidArgumentError, Option } from 'commander';
import { totalmem } from 'node:os';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { machinePlaces, type MachinePlaces } from '../../machine/places.ts';
import { openMachine, type Machine } from '../../machine/record.ts';
import { wholeNumber } from '../whole-number.ts';
import { parseTemplate, type Template } from './template.ts';

/** Less than a kernel takes for itself, MiB: it would print nothing and look like a hanging machine. */
const LEAST_MEMORY = 64;

/** What the machine commands work on: this user's machines. */
export interface MachineContext {
  readonly places: MachinePlaces;
}

export function machineContext(): MachineContext {
  return { places: machinePlaces() };
}

/** The machine that a command line names, or the default one. */
export async function findMachine({ places }: MachineContext, name: string | undefined): Promise<Machine> {
  return await openMachine(places, name ?? DEFAULT_MACHINE);
}

/** What `init` takes where an option is not given, in words for its help. */
export type ResourceDefaults = Readonly<
  Record<'cpus' | 'memory' | 'diskSize' | 'volume' | 'network', string>
>;

/** The options that `init` and `set` have in common; podman's names. Only `init` has defaults. */
export function resourceOptions(defaults?: ResourceDefaults): Option[] {
  const otherwise = (key: keyof ResourceDefaults): string =>
    defaults === undefined ? '' : ` (default: ${defaults[key]})`;
  return [
    new Option('--cpus <number>', `number of processors${otherwise('cpus')}`).argParser(wholeNumber(1, 255)),
    new Option('-m, --memory <MiB>', `memory in MiB${otherwise('memory')}`).argParser(memory),
    new Option('--disk-size <GiB>', `size of the disk in GiB${otherwise('diskSize')}`).argParser(
      wholeNumber(1, 999_999, 'GiB'),
    ),
    new Option(
      '-v, --volume <source[:target[:options]]>',
      `folder of this host that the guest sees; again for more, "" for none; options: ro${otherwise('volume')}`,
    ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    new Option(
      '--network <kind>',
      `how the guest reaches the network; auto: by gvproxy where it is installed, otherwise user${otherwise('network')}`,
    ).choices(['auto', 'gvproxy', 'user']),
  ];
}

/** What the options above are parsed into. */
export interface ResourceOptions {
  readonly cpus?: number;
  readonly memory?: number;
  readonly diskSize?: number;
  readonly volume?: string[];
  readonly network?: 'auto' | 'gvproxy' | 'user';
}

function memory(text: string): number {
  const available = Math.floor(totalmem() / 1024 ** 2);
  if (/^\d+$/.test(text) && Number(text) > available)
    throw new InvalidArgumentError(`this host has only ${available} MiB`);
  return wholeNumber(LEAST_MEMORY, available, 'MiB')(text);
}

/** How `list` and `inspect` print; podman's option, and the one that every command of podbsd has. */
export function formatOptions(): Option[] {
  return [
    new Option('--json', 'print as JSON'),
    new Option(
      '--format <format>',
      "how to print: table, json, or a Go template of fields, e.g. '{{.Name}}'",
    ),
  ];
}

export interface FormatOptions {
  readonly json?: boolean;
  readonly format?: string;
}

/** What was asked for; undefined when nothing was. */
export function chosenFormat({ json, format }: FormatOptions): 'json' | 'table' | Template | undefined {
  if (json === true || format === 'json') return 'json';
  return format === undefined || format === 'table' ? format : parseTemplate(format);
}
