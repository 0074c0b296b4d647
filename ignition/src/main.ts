import * as std from 'std';
import { agent } from './agent.ts';
import { QuickjsSystem } from './system/quickjs.ts';

// The guest calls this one file under several names: see shims/.
std.exit(agent(new QuickjsSystem(), scriptArgs));
