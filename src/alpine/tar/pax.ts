/** One record of a pax header (POSIX.1-2001, pax(1)): `20 path=etc/motd` and a newline. Text is latin1, as bytes are. */
export interface PaxRecord {
  readonly key: string;
  readonly value: string;
}

/** The records of a pax header; undefined when they are not well-formed. */
export function parsePax(data: Buffer): PaxRecord[] | undefined {
  const text = data.toString('latin1');
  const records: PaxRecord[] = [];
  for (let start = 0; start < text.length && text[start] !== '\0';) {
    const length = /^(\d{1,9}) /.exec(text.slice(start, start + 10));
    const end = start + Number(length?.[1] ?? Number.NaN);
    const body = text.slice(start + (length?.[0].length ?? 0), end - 1);
    const equals = body.indexOf('=');
    if (length === null || equals < 1 || text[end - 1] !== '\n') return undefined;
    records.push({ key: body.slice(0, equals), value: body.slice(equals + 1) });
    start = end;
  }
  return records;
}

export function formatPax(records: readonly PaxRecord[]): Buffer {
  return Buffer.from(records.map(formatRecord).join(''), 'latin1');
}

/** The length counts its own digits. */
function formatRecord({ key, value }: PaxRecord): string {
  const body = ` ${key}=${value}\n`;
  let length = body.length + 1;
  while (`${length}`.length + body.length > length) length++;
  return `${length}${body}`;
}
