/** What the bundled script of the commands gives to those that start it. */
export { createProgram } from '../../../src/commands/program.ts';
export { reportError } from '../../../src/commands/report-error.ts';
export { runCommandLine } from '../../../src/commands/run.ts';
export { ModalTerminal } from '../../../src/ground/modal-terminal.ts';
