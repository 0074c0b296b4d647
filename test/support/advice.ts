import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import ts from 'typescript';
import { packageRoot } from '../../src/ground/assets.ts';
import { closest } from '../../src/ground/suggest.ts';

/** A sentence that the program prints, and the file below src/ that has it. */
export interface Sentence {
  readonly file: string;
  /** `VALUE` stands for what is put in. */
  readonly text: string;
}

/** Every text of src/ that is more than one word; what a template puts in is left open. */
export function sentences(): Sentence[] {
  const folder = join(packageRoot, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(folder, file), 'utf8'),
      ts.ScriptTarget.Latest,
    );
    const texts: Sentence[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) texts.push({ file, text: node.text });
      else if (ts.isTemplateExpression(node)) {
        const parts = node.templateSpans.map(({ literal }) => `VALUE${literal.text}`);
        texts.push({ file, text: node.head.text + parts.join('') });
        for (const span of node.templateSpans) visit(span.expression);
      } else ts.forEachChild(node, visit);
    };
    visit(source);
    return texts.filter(({ text }) => /\S\s+\S/.test(text));
  });
}

/** The words that follow a program's name in a sentence, up to where the sentence goes on. */
export function callsOf(program: string, text: string): string[][] {
  const calls = text.matchAll(new RegExp(`(?<![\\w./@=~-])${program} +([^\`()\\n;"“”]*)`, 'g'));
  return [...calls].map(([, rest = '']) => {
    const words = rest.split(/[,:.](?=\s|$)|\s(?:&&|\|)\s/)[0] ?? '';
    return words.split(/\s+/).filter((word) => word !== '');
  });
}

/**
 * What is wrong with the words after `podbsd` in a sentence: no such command, no such option.
 *
 * A word that resembles no command and has no option behind it goes on with the sentence: `podbsd makes it`.
 *
 * @param verbs those that resemble one, and are none.
 */
export function wrongInCall(
  program: Command,
  words: readonly string[],
  verbs: ReadonlySet<string>,
): string | undefined {
  let command = program;
  let index = 0;
  for (const word of words) {
    const next = command.commands.find((known) => known.name() === word || known.aliases().includes(word));
    if (next === undefined) break;
    [command, index] = [next, index + 1];
  }
  const rest = words.slice(index);
  const [first = ''] = rest;
  const isName = /^[a-z][a-z-]+$/.test(first);
  if (command.commands.length > 0 && isName) {
    const names = command.commands.map((one) => one.name());
    const isMeant = rest[1]?.startsWith('-') === true || closest(first, names) !== undefined;
    return isMeant && !verbs.has(first) ? `there is no ${first}` : undefined;
  }
  const known = [command, program].flatMap(({ options }) =>
    options.flatMap(({ long, short }) => [long, short]),
  );
  return rest
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split(/=|VALUE/)[0] ?? '')
    .filter((option) => !known.includes(option) && option !== '--help')
    .map((option) => `${command.name()} has no ${option}`)[0];
}
