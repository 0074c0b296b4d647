import { readFileSync } from 'node:fs';

/** A package of the double: one line with origin, name and version, and one for each file that it installs. */
export function formatPackage({ origin, name, version, files }) {
  return [`${origin} ${name} ${version}`, ...files, ''].join('\n');
}

export function readPackage(file) {
  const [head, ...files] = readFileSync(file, 'utf8').trim().split('\n');
  const [origin, name, version] = head.split(' ');
  return { origin, name, version, files };
}
