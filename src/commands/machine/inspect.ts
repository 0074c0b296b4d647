import { describeMachine } from '../../machine/describe.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, jsonOptions, machineContext } from './context.ts';

export const registerInspect: RegisterCommand = (group, { terminal }) => {
  const command = group
    .command('inspect')
    .argument('[names...]', 'names of machines')
    .description('show everything about machines, as JSON');
  for (const option of jsonOptions()) command.addOption(option.hideHelp());
  command
    .addHelpText(
      'after',
      examples([
        "podbsd machine inspect work | jq -r '.[0].ConnectionInfo.PodmanSocket.Path'",
        'Where the API socket is',
      ]),
    )
    .action(async (names: string[]) => {
      const context = machineContext();
      const wanted = names.length === 0 ? [DEFAULT_MACHINE] : names;
      const machines = [];
      for (const name of wanted) machines.push(await describeMachine(await findMachine(context, name)));
      terminal.out(JSON.stringify(machines, undefined, 2));
    });
};
