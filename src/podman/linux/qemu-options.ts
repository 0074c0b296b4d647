/** One option argument of QEMU, as `socket,id=vlan,fd=3`: a comma separates, two stand for one (qemu(1)). */
export interface QemuOptions {
  /** The first word when it has no `=`: the kind of device, backend or file system. */
  readonly kind: string | undefined;
  readonly values: ReadonlyMap<string, string>;
}

export function parseQemuOptions(text: string): QemuOptions {
  // A comma is literal when doubled; NUL cannot occur in an argument and holds its place meanwhile.
  const parts = text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));
  const pairs = parts
    .filter((part) => part.includes('='))
    .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const);
  const [first = ''] = parts;
  return { kind: first.includes('=') ? undefined : first, values: new Map(pairs) };
}
