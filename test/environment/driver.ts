import { writeFileSync } from 'node:fs';
import { createProgram, ModalTerminal, reportError } from '../support/code-cache/exports.ts';

/**
 * Runs command lines one after the other in one process, whose environment its parent has spoilt, and writes what became
 * of them: `driver RESULT_FILE JSON_OF_COMMAND_LINES`. Loading the program takes longer than most of the commands do.
 */
export interface Outcome {
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly output: string;
}

async function run(argv: readonly string[]): Promise<Outcome> {
  const lines: string[] = [];
  const terminal = new ModalTerminal({
    out: (line) => void lines.push(line),
    err: (line) => void lines.push(line),
    interactive: false,
    columns: 80,
    paint: (_style, text) => text,
  });
  process.exitCode = undefined;
  let exitCode: number;
  try {
    const program = await createProgram({ terminal, signal: AbortSignal.timeout(120_000) }, argv);
    await program.parseAsync([...argv], { from: 'user' });
    exitCode = Number((process as { exitCode?: number | string }).exitCode ?? 0);
  } catch (error) {
    exitCode = reportError(error, terminal);
  }
  return { argv, exitCode, output: lines.join('\n') };
}

const [result = '', commandLines = '[]'] = process.argv.slice(2);
const outcomes: Outcome[] = [];
for (const argv of JSON.parse(commandLines) as string[][]) outcomes.push(await run(argv));
writeFileSync(result, JSON.stringify(outcomes));
process.exit(0);
