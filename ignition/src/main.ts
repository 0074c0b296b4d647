import { agent } from './agent.ts';
import { QuickjsSystem } from './system/quickjs.ts';

// The guest calls this one file under several names: see shims/.
const system = new QuickjsSystem();
system.exit(agent(system, scriptArgs));
