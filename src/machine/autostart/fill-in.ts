import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';

/** How a value is quoted in the language of a template, so that every character stays plain text. */
export const quoting = {
  /** systemd.syntax(7): in double quotes, with specifiers and variables switched off. */
  systemd: (text: string): string =>
    `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`,
  /** Text of an XML element. */
  xml: (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  /** sh(1): in single quotes. */
  sh: (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`,
} as const;

/** Reads a template of this folder and puts the values, quoted already, in place of its {{words}}. */
export async function fillIn(template: string, values: Readonly<Record<string, string>>): Promise<string> {
  const text = await readFile(join(packageRoot, 'src/machine/autostart', template), 'utf8');
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => {
    const value = values[word];
    if (value === undefined) throw new Error(`${template} asks for ${word}, which has no value`);
    return value;
  });
}
