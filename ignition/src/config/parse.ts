import { findConflicts } from './conflicts.ts';
import { decodeDataUrl } from './data-url.ts';
import { parseIgnition } from './ignition.ts';
import { isObject, mergeConfigs, type Json } from './merge.ts';
import { parsePasswd } from './passwd.ts';
import { ObjectReader, type Findings } from './reader.ts';
import { parseStorage } from './storage.ts';
import type { IgnitionConfig, Placed, Problem, Resource } from './types.ts';
import { parseUnits } from './units.ts';
import { decodeUtf8 } from '../utf8.ts';

export interface ParsedConfig {
  /** Undefined when there are errors. */
  readonly config: IgnitionConfig | undefined;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The text of a resource, decoded, unpacked and verified. Throws an Error with the reason when that fails. */
export type LoadText = (resource: Resource) => string;

/** How deep configs may be merged into each other: nobody goes deeper on purpose. */
const deepest = 16;

/**
 * Reads and validates an Ignition config, with those that it merges or is replaced by, as far as they are in it as `data:`
 * URLs. As with Ignition itself, one error means that nothing of it is applied.
 *
 * @param load for merged configs; without it only those that are neither packed nor to be verified.
 */
export function parseConfig(text: string, load: LoadText = loadPlain): ParsedConfig {
  const whole = resolve(text, load, 0);
  if (whole.value === undefined || whole.errors.length > 0) return { config: undefined, ...whole };
  const findings: Findings = { errors: [], warnings: [] };
  const config = parseValue(whole.value, findings);
  const { errors } = findings;
  if (config === undefined || errors.length > 0)
    return { config: undefined, errors, warnings: whole.warnings };
  const ignition = { version: config.ignition.version, remoteConfigs: whole.remote };
  return { config: { ...config, ignition }, errors: [], warnings: whole.warnings };
}

function loadPlain({ source = '', compression, hash }: Resource): string {
  if (compression !== undefined || hash !== undefined) throw new Error('it is packed or to be verified');
  const content = decodeDataUrl(source);
  return typeof content === 'string' ? content : decodeUtf8(content);
}

interface Resolved extends Findings {
  /** One config without references to others; undefined when something is wrong. */
  readonly value: Json | undefined;
  /** References that would have to be fetched. */
  readonly remote: readonly Placed<Resource>[];
}

/** Follows `replace`, or merges the children in their order: each with its own children first. */
function resolve(text: string, load: LoadText, depth: number): Resolved {
  const findings: Findings = { errors: [], warnings: [] };
  const wrong = (message: string, pointer = ''): Resolved => ({
    value: undefined,
    remote: [],
    errors: [{ pointer, message }],
    warnings: [],
  });
  if (depth > deepest) return wrong(`configs are merged into each other more than ${deepest} times`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return wrong(whyNoJson(text, error));
  }
  const config = parseValue(value, findings);
  if (config === undefined || findings.errors.length > 0 || !isObject(value))
    return { value: undefined, remote: [], ...findings };
  const references = config.ignition.remoteConfigs;
  const replacing = references.find(({ pointer }) => pointer.endsWith('/replace'));
  const followed = replacing === undefined ? references : [replacing];
  return followed.reduce<Resolved>(
    (parent, reference) => {
      if (reference.source?.startsWith('data:') !== true)
        return { ...parent, remote: [...parent.remote, reference] };
      const child = placed(resolveChild(reference, load, depth), reference.pointer);
      const merged =
        parent.value === undefined || child.value === undefined
          ? undefined
          : replacing === undefined
            ? mergeConfigs(parent.value, child.value)
            : child.value;
      return {
        value: merged,
        remote: [...parent.remote, ...child.remote],
        errors: [...parent.errors, ...child.errors],
        warnings: [...parent.warnings, ...child.warnings],
      };
    },
    { value: { ...value, ignition: { version: config.ignition.version } }, remote: [], ...findings },
  );
}

function resolveChild(reference: Resource, load: LoadText, depth: number): Resolved {
  try {
    return resolve(load(reference), load, depth + 1);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, remote: [], errors: [{ pointer: '', message }], warnings: [] };
  }
}

/** Findings in a merged config are at their place in it, which lies in this one. */
function placed(child: Resolved, pointer: string): Resolved {
  const at = (problem: Problem): Problem => ({
    pointer,
    message: problem.pointer === '' ? problem.message : `in it at ${problem.pointer}: ${problem.message}`,
  });
  return {
    value: child.value,
    remote: child.remote.map((reference) => ({ ...reference, pointer })),
    errors: child.errors.map(at),
    warnings: child.warnings.map(at),
  };
}

function whyNoJson(text: string, error: unknown): string {
  if (text.trim() === '') return 'the config is empty';
  const reason = error instanceof Error ? error.message : String(error);
  return `the config is not JSON, or not all of it arrived (${text.length} characters): ${reason}`;
}

function parseValue(value: unknown, findings: Findings): IgnitionConfig | undefined {
  if (!isObject(value)) {
    findings.errors.push({ pointer: '', message: 'the config must be a JSON object' });
    return undefined;
  }
  const root = new ObjectReader(value, '', findings);
  const ignition = parseIgnition(root.object('ignition'));
  if (ignition === undefined) return undefined;
  const kernel = root.object('kernelArguments');
  const config: IgnitionConfig = {
    ignition,
    passwd: parsePasswd(root.object('passwd')),
    storage: parseStorage(root.object('storage')),
    systemd: { units: parseUnits(root.object('systemd')) },
    kernelArguments: {
      shouldExist: kernel.strings('shouldExist'),
      shouldNotExist: kernel.strings('shouldNotExist'),
    },
  };
  for (const reader of [root, kernel]) reader.done();
  findConflicts(config, findings);
  return config;
}
