import { agent } from './agent.ts';
import { containerPrograms } from './containers/programs.ts';
import { nameOf } from './freebsd/paths.ts';
import { QuickjsSystem } from './system/quickjs.ts';

// The guest calls this one file under several names: see shims/ and containers/.
const system = new QuickjsSystem();
const program = containerPrograms.get(nameOf(scriptArgs[0]));
system.exit(program === undefined ? agent(system, scriptArgs) : await program(system, scriptArgs.slice(1)));
