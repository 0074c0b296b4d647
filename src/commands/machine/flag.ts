import { Option, type Command } from 'commander';

/**
 * A flag like podman's: `--NAME` and `--NAME=true` switch it on, `--NAME=false` off, and the word after it is never its
 * value. commander knows only the first, and `--no-NAME`.
 */
export function addFlag(command: Command, name: string, meaning: string): void {
  command
    .option(`--${name}`, meaning)
    .addOption(new Option(`--no-${name}`, `the same as --${name}=false`).hideHelp());
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (words: string[]) =>
    parse(
      words.map((word) => {
        if (word === `--${name}=true`) return `--${name}`;
        return word === `--${name}=false` ? `--no-${name}` : word;
      }),
    );
}
