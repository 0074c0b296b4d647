import { randomBytes } from 'node:crypto';

/** The name under which a file is written beside the one that it will replace. Nobody else has the same. */
export function temporaryName(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Whether a name is one of these: what stays when podbsd is killed while it writes. */
export function isTemporaryName(name: string): boolean {
  return /.\.[0-9a-f]{12}\.tmp$/.test(name);
}
