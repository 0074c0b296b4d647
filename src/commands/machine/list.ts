import type { PodbsdError } from '../../ground/errors.ts';
import { listEntry, type ListEntry } from '../../machine/describe.ts';
import { listMachines } from '../../machine/record.ts';
import { duration } from '../../ground/duration.ts';
import type { Terminal } from '../../ground/terminal.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { chosenFormat, formatOptions, machineContext, type FormatOptions } from './context.ts';
import { notice } from '../notice.ts';
import { aligned } from './template.ts';

interface Options extends FormatOptions {
  readonly quiet?: boolean;
  readonly noheading?: boolean;
}

export const registerList: RegisterCommand = (group, { terminal }) => {
  const command = group.command('list').alias('ls').description('show all machines of this user');
  for (const option of formatOptions()) command.addOption(option);
  command
    .option('-q, --quiet', 'print the names alone')
    .option('-n, --noheading', 'no line with headings')
    .addHelpText('after', examples(['podbsd machine list --format json', 'For a script']))
    .action(async (options: Options) => {
      const { places } = machineContext();
      const format = chosenFormat(options);
      const onDamaged = ({ message, remedy }: PodbsdError): void =>
        notice(terminal, `${message}\n${remedy ?? ''}`);
      const machines = await listMachines(places, onDamaged);
      const entries = await Promise.all(machines.map(listEntry));
      if (typeof format === 'object') for (const line of format.lines(entries)) terminal.out(line);
      else if (format === 'json') terminal.out(JSON.stringify(entries, undefined, 2));
      else if (options.quiet === true) for (const { Name } of entries) terminal.out(Name);
      else printTable(terminal, entries, options.noheading !== true);
    });
};

const headings = ['NAME', 'STATE', 'VM TYPE', 'CREATED', 'LAST UP', 'CPUS', 'MEMORY', 'DISK SIZE'];

function printTable(terminal: Terminal, entries: readonly ListEntry[], withHeading: boolean): void {
  const rows = entries.map((entry) => [
    `${entry.Name}${entry.Default ? '*' : ''}`,
    entry.State,
    entry.VMType,
    ago(entry.Created),
    entry.State === 'running' ? 'Currently running' : entry.LastUp === null ? 'Never' : ago(entry.LastUp),
    String(entry.CPUs),
    `${Number(entry.Memory) / 1024 ** 2}MiB`,
    `${Number(entry.DiskSize) / 1024 ** 3}GiB`,
  ]);
  const lines = aligned([headings, ...rows].map((cells) => cells.join('\t')));
  for (const line of withHeading ? lines : lines.slice(1)) terminal.out(line);
}

function ago(time: string): string {
  return `${duration(Math.max(0, (Date.now() - Date.parse(time)) / 1000))} ago`;
}
