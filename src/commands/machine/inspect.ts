import { describeMachine } from '../../machine/describe.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { chosenFormat, findMachine, formatOptions, machineContext, type FormatOptions } from './context.ts';

export const registerInspect: RegisterCommand = (group, { terminal }) => {
  const command = group
    .command('inspect')
    .argument('[names...]', 'names of machines')
    .description('show everything about machines, as JSON');
  for (const option of formatOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      examples([
        "podbsd machine inspect --format '{{.ConnectionInfo.PodmanSocket.Path}}' work",
        'Where the API socket is',
      ]),
    )
    .action(async (names: string[], options: FormatOptions) => {
      const format = chosenFormat(options);
      const context = machineContext();
      const wanted = names.length === 0 ? [DEFAULT_MACHINE] : names;
      const machines = [];
      for (const name of wanted) machines.push(await describeMachine(await findMachine(context, name)));
      if (typeof format === 'object') for (const line of format.lines(machines)) terminal.out(line);
      else terminal.out(JSON.stringify(machines, undefined, 2));
    });
};
