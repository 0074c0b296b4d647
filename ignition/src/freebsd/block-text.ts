/** Lines of ours in somebody else's text, between two comments that mark them. */

/** The lines of a block of ours; none when there is no such block. */
export function readBlock(text: string, name: string): string[] {
  const lines = text.split('\n');
  const begin = lines.indexOf(beginning(name));
  const end = lines.indexOf(ending(name));
  return begin < 0 || end < begin ? [] : lines.slice(begin + 1, end);
}

/** The text with these lines as the block of that name; without any, the block goes. */
export function withBlock(
  text: string,
  name: string,
  lines: readonly string[],
  place: 'top' | 'end' = 'end',
): string {
  const all = text.split('\n');
  const begin = all.indexOf(beginning(name));
  const end = all.indexOf(ending(name));
  const isThere = begin >= 0 && end >= begin;
  const block = lines.length === 0 ? [] : [beginning(name), ...lines, ending(name)];
  if (isThere) return [...all.slice(0, begin), ...block, ...all.slice(end + 1)].join('\n');
  if (block.length === 0) return text;
  const added = `${block.join('\n')}\n`;
  if (place === 'top') return added + text;
  return text === '' || text.endsWith('\n') ? text + added : `${text}\n${added}`;
}

function beginning(name: string): string {
  return `# podbsd: ${name}`;
}

function ending(name: string): string {
  return `# podbsd: end of ${name}`;
}
