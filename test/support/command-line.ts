import { CommanderError, type Command } from 'commander';
import { testProgram } from './program.ts';

/**
 * The calls of podbsd in a text for people: shell blocks of Markdown, examples of help, remedies. What stands in for a
 * value (`NAME`, `IMAGE`, `...`) is kept as a word; a shell's own words (pipes, redirections, comments) end the call.
 */
export function podbsdCalls(text: string): string[][] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const commands = lines.flatMap((line) => line.split(/\s#\s|&&|\|\||[|;`]|\$\(/));
  return commands.flatMap((command) => {
    const [, npm, words = ''] =
      /^[\s"$]*(?:(?:sudo|doas|mdo|\w+=\S*)\s+)*(?:podbsd|npm run (?:--silent )?(podbsd|build-image)(?: --)?)(\s.*)?$/.exec(
        command,
      ) ?? [];
    const split = cut(words);
    if (npm === 'build-image') return [['build-image', ...split]];
    return split.length === 0 ? [] : [split];
  });
}

/** The fenced blocks of a document that are for a shell: those that name no other language. */
export function shellBlocks(markdown: string): string {
  // All of them are matched, so that the end of one in another language is not taken for a beginning.
  return [...markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, language]) => ['', 'sh', 'shell', 'console'].includes(language ?? ''))
    .map(([, , block]) => block)
    .join('\n');
}

/** Cuts a line into words as a shell does, as far as the documents need it. */
function cut(text: string): string[] {
  const words = [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'<>)]+)+|[<>)]/g)].map(([word]) => word);
  const end = words.findIndex((word) => /^[<>)]/.test(word));
  return (end === -1 ? words : words.slice(0, end)).map((word) => word.replaceAll(/["']|[.,:]$/g, ''));
}

/**
 * Why podbsd would not take these words; undefined when it does. Nothing is run: only options and arguments are read,
 * by the very parser of the command line.
 */
export async function whyNotParsed(words: readonly string[]): Promise<string | undefined> {
  const program = await testProgram();
  quiet(program);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A group alone shows its help, which is what a text means that names it.
    return error.exitCode === 0 || error.code === 'commander.help' ? undefined : error.message;
  }
}

function quiet(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const child of command.commands) quiet(child);
}
