import type { ObjectReader } from './reader.ts';
import { parseRequiredResource, parseResource } from './resource.ts';
import type { Ignition, Placed, Resource } from './types.ts';

/** The stable versions of the specification. */
const supportedVersions = ['3.0.0', '3.1.0', '3.2.0', '3.3.0', '3.4.0', '3.5.0', '3.6.0'];

/** The most seconds that Go can count in an `int`; more than anybody waits. */
const longestTimeout = 2 ** 53 - 1;

export function parseIgnition(reader: ObjectReader): Ignition | undefined {
  const version = reader.string('version');
  if (version === undefined) {
    reader.fail('version', `the version of the specification is missing, e.g. "3.2.0"`);
    return undefined;
  }
  if (!supportedVersions.includes(version)) {
    reader.fail('version', `version ${JSON.stringify(version)} is not understood, only 3.0.0 to 3.6.0`);
    return undefined;
  }
  const config = reader.object('config');
  const merged = config.objects('merge', (entry) => placed(parseRequiredResource(entry), entry.pointer));
  // podman writes `"replace": {"verification": {}}`, which names no config.
  const replacing = config.object('replace');
  const replace = placed(parseResource(replacing), replacing.pointer);
  const remoteConfigs = [...merged, replace].filter(({ source }) => source !== undefined);
  config.done();
  checkFetching(reader);
  reader.done();
  return { version, remoteConfigs };
}

function placed(resource: Resource, pointer: string): Placed<Resource> {
  return { ...resource, pointer };
}

/** How Ignition would fetch what is elsewhere. This agent fetches nothing, but what is wrong there is wrong. */
function checkFetching(reader: ObjectReader): void {
  const timeouts = reader.object('timeouts');
  for (const key of ['httpResponseHeaders', 'httpTotal']) timeouts.integer(key, longestTimeout);
  const proxy = reader.object('proxy');
  for (const key of ['httpProxy', 'httpsProxy']) {
    const url = proxy.string(key);
    if (url !== undefined && url !== '' && !/^https?:\/\//i.test(url))
      proxy.fail(key, 'a proxy is an http or https URL');
  }
  proxy.strings('noProxy');
  const security = reader.object('security');
  const tls = security.object('tls');
  tls.objects('certificateAuthorities', parseRequiredResource);
  for (const part of [timeouts, proxy, tls, security]) part.done();
}
