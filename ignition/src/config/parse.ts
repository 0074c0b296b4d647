import { parsePasswd } from './passwd.ts';
import { ObjectReader, type Findings } from './reader.ts';
import { parseResource, parseStorage } from './storage.ts';
import type { Ignition, IgnitionConfig, Placed, Problem, Resource, Unit } from './types.ts';

export interface ParsedConfig {
  /** Undefined when there are errors. */
  readonly config: IgnitionConfig | undefined;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The versions of the specification that this agent understands. */
const supportedVersions = ['3.0.0', '3.1.0', '3.2.0', '3.3.0', '3.4.0', '3.5.0'];

/** Reads and validates an Ignition config. As with Ignition itself, one error means that nothing of it is applied. */
export function parseConfig(text: string): ParsedConfig {
  const findings: Findings = { errors: [], warnings: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message =
      text.trim() === ''
        ? 'the config is empty'
        : `the config is not JSON, or not all of it arrived (${text.length} characters): ${reason}`;
    return { config: undefined, errors: [{ pointer: '', message }], warnings: [] };
  }
  const config = parseRoot(value, findings);
  return { config: findings.errors.length === 0 ? config : undefined, ...findings };
}

function parseRoot(value: unknown, findings: Findings): IgnitionConfig | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    findings.errors.push({ pointer: '', message: 'the config must be a JSON object' });
    return undefined;
  }
  const root = new ObjectReader(value, '', findings);
  const ignition = parseIgnition(root.object('ignition'));
  if (ignition === undefined) return undefined;
  const kernel = root.object('kernelArguments');
  const systemd = root.object('systemd');
  const config: IgnitionConfig = {
    ignition,
    passwd: parsePasswd(root.object('passwd')),
    storage: parseStorage(root.object('storage')),
    systemd: { units: systemd.objects('units', parseUnit) },
    kernelArguments: {
      shouldExist: kernel.strings('shouldExist'),
      shouldNotExist: kernel.strings('shouldNotExist'),
    },
  };
  for (const reader of [root, kernel, systemd]) reader.done();
  return config;
}

function parseIgnition(reader: ObjectReader): Ignition | undefined {
  const version = reader.string('version');
  if (version === undefined) {
    reader.fail('version', `the version of the specification is missing, e.g. "3.2.0"`);
    return undefined;
  }
  if (!supportedVersions.includes(version)) {
    reader.fail('version', `version ${JSON.stringify(version)} is not understood, only 3.0.0 to 3.5.0`);
    return undefined;
  }
  const config = reader.object('config');
  const remoteConfigs = [
    ...config.objects('merge', remoteConfig),
    ...one(remoteConfig(config.object('replace'))),
  ];
  config.done();
  // Settings for fetching remote resources, which this agent never does.
  reader.ignore('proxy', 'security', 'timeouts');
  reader.done();
  return { version, remoteConfigs };
}

/** podman writes `"replace": {"verification": {}}`, which names no config. */
function remoteConfig(reader: ObjectReader): Placed<Resource> | undefined {
  const resource = parseResource(reader);
  return resource.source === undefined ? undefined : { ...resource, pointer: reader.pointer };
}

function parseUnit(reader: ObjectReader): Unit | undefined {
  const name = reader.string('name');
  const enabled = reader.boolean('enabled');
  const mask = reader.boolean('mask');
  const contents = reader.string('contents');
  reader.ignore('dropins');
  if (name === undefined || name === '') {
    reader.fail('name', 'a unit needs a name');
    return undefined;
  }
  return {
    name,
    ...(enabled === undefined ? {} : { enabled }),
    ...(mask === undefined ? {} : { mask }),
    ...(contents === undefined ? {} : { contents }),
  };
}

function one<Value>(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value];
}
