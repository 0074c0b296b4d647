import { writeFileSync } from 'node:fs';
import { codeCacheFile, runCommandLine, script } from './commands.ts';

/** Keeps the compiled code of all that a few commands use, which are told as JSON: `make JSON_OF_COMMAND_LINES`. */
for (const argv of JSON.parse(process.argv[2] ?? '[]') as string[][]) await runCommandLine(argv);
writeFileSync(codeCacheFile, script.createCachedData());
process.exit(0);
