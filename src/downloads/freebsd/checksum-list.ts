/**
 * The SHA-256 of exactly this file in a list of checksums: `SHA256 (NAME) = HEX`, the form that sha256(1) prints, or `HEX
 * NAME`, that of sha256sum(1). Undefined when the list does not name it.
 */
export function sumIn(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, bsdName, bsdSum] = /^SHA256 \((.+)\) = ([0-9a-f]{64})\s*$/i.exec(line) ?? [];
    if (bsdName === name) return bsdSum?.toLowerCase();
    const [, gnuSum, gnuName] = /^([0-9a-f]{64}) [ *](.+?)\s*$/i.exec(line) ?? [];
    if (gnuName === name) return gnuSum?.toLowerCase();
  }
  return undefined;
}
