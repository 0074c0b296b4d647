import type { Context } from '../apply/context.ts';
import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';
import { mapOf, text } from './shape.ts';
import { readState, writeState, type StateFile } from './state-file.ts';

type Variables = Readonly<Record<string, string>>;

/** Variables of the API service that the config names: paths of certificates. Proxies may hold passwords and stay out. */
const file: StateFile<Variables> = {
  path: own.environment,
  holds: 'which certificates the config names',
  shape: mapOf(text),
};

export function readEnvironment(system: System): Variables {
  return readState(system, file) ?? {};
}

export function writeEnvironment(context: Context, variables: Variables): void {
  writeState(context, file, variables);
}
