import { plainPath } from '../config/path.ts';

export interface MountUnit {
  readonly what: string;
  readonly where: string;
  readonly type: string;
  readonly readOnly: boolean;
}

/**
 * Reads What, Where, Type and Options of the [Mount] section of a systemd.mount(5) unit. podman 6.0.0-rc1 writes
 * `What=TAG`, `Where=TARGET`, `Type=virtiofs`, `Options=context="system_u:object_r:nfs_t:s0"`.
 */
export function readMountUnit(text: string): MountUnit | { readonly problem: string } {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const trimmed = line.trim();
    if (trimmed.startsWith('[')) section = trimmed;
    const equals = trimmed.indexOf('=');
    if (section === '[Mount]' && equals > 0 && !/^[#;]/.test(trimmed)) {
      values.set(trimmed.slice(0, equals).trim(), trimmed.slice(equals + 1).trim());
    }
  }
  const what = unquoted(values.get('What') ?? '');
  const given = unquoted(values.get('Where') ?? '');
  const where = plainPath(given);
  if (what === '') return { problem: 'the unit names no What=' };
  if (where === undefined) return { problem: `Where=${given} is not an absolute path without "." and ".."` };
  const options = (values.get('Options') ?? '').split(',');
  return { what, where, type: values.get('Type') ?? 'auto', readOnly: options.includes('ro') };
}

/** Removes quotes and the escapes of systemd.syntax(7); `%%` stands for a percent sign. */
function unquoted(value: string): string {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(value);
  const bare = quoted?.[1] ?? quoted?.[2] ?? value;
  const escapes: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r' };
  return bare
    .replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, char: string | undefined) =>
      hex === undefined ? (escapes[char ?? ''] ?? char ?? '') : String.fromCharCode(parseInt(hex, 16)),
    )
    .replaceAll('%%', '%');
}
