import type { ObjectReader } from './reader.ts';
import type { Resource } from './types.ts';

/** Hexadecimal digits of the hashes that a config may name. */
const hashPattern = /^(?:sha256-[0-9a-fA-F]{64}|sha512-[0-9a-fA-F]{128})$/;

/** The schemes that the specification knows; this agent takes `data:` alone, and says so of the others later. */
const schemes = ['http', 'https', 'tftp', 's3', 'arn', 'gs', 'oem', 'data'];

/** A source of contents. An empty `source` counts as none; unknown schemes, compressions and hashes are errors. */
export function parseResource(reader: ObjectReader): Resource {
  const source = reader.string('source');
  const compression = reader.string('compression');
  const verification = reader.object('verification');
  const hash = verification.string('hash');
  verification.done();
  const headers = reader.objects('httpHeaders', parseHeader);
  reader.done();
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(source ?? '')?.[1]?.toLowerCase();
  if (source !== undefined && source !== '' && (scheme === undefined || !schemes.includes(scheme)))
    reader.fail('source', `must be a URL with one of the schemes ${schemes.join(', ')}`);
  if (headers.length > 0 && scheme !== 'http' && scheme !== 'https')
    reader.fail('httpHeaders', 'only http and https know headers');
  if (compression !== undefined && compression !== '' && compression !== 'gzip')
    reader.fail('compression', `${JSON.stringify(compression)} is not known, only "gzip"`);
  if (hash !== undefined && !hashPattern.test(hash))
    verification.fail('hash', 'must be "sha256-" and 64, or "sha512-" and 128 hexadecimal digits');
  if (hash !== undefined && source === undefined)
    verification.fail('hash', 'there is no source that could be verified');
  return {
    ...(source === undefined || source === '' ? {} : { source }),
    ...(compression === 'gzip' ? { compression } : {}),
    ...(hash === undefined ? {} : { hash: hash.toLowerCase() }),
  };
}

function parseHeader(reader: ObjectReader): string | undefined {
  const name = reader.string('name');
  reader.string('value');
  if (name === undefined || name === '') reader.fail('name', 'a header needs a name');
  return name;
}

/** The same where the specification demands a source: merged configs, certificate authorities. */
export function parseRequiredResource(reader: ObjectReader): Resource {
  const resource = parseResource(reader);
  if (!reader.has('source')) reader.fail('source', 'a source is needed');
  return resource;
}
