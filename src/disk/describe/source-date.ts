/**
 * The time that outputs may carry: SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/) in
 * ISO form. Without it there is none, so that the same inputs always give the same bytes.
 */
export function sourceDate(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || !/^[0-9]{1,11}$/.test(text)) return undefined;
  return new Date(Number(text) * 1000).toISOString().replace('.000Z', 'Z');
}
