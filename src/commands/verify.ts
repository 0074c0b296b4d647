import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { ExitCode, messageOf } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import type { Terminal } from '../ground/terminal.ts';
import type { FoundImage } from '../images/found-image.ts';
import type { Architecture } from '../vm/architecture.ts';
import { hostArchitecture } from '../vm/architecture.ts';
import type { IgnitionEra } from '../vm/ignition-config.ts';
import { formatResult } from '../vm/verify/format.ts';
import { formatShareBench, shareRatio } from '../vm/verify/share-bench.ts';
import type { VerifyReport } from '../vm/verify/verify.ts';
import { showSteps } from './steps.ts';
import { examples, type RegisterCommand } from './command.ts';
import { LONGEST_WAIT, wholeNumber } from './whole-number.ts';

interface Options {
  readonly arch: Architecture;
  readonly client: IgnitionEra;
  readonly timeout: number;
  readonly consoleLog: string;
  readonly containers?: true;
  readonly bench?: true;
  readonly json?: true;
}

/** Seconds from QEMU's start to Ready that gvproxy allows at most: it gives up its API forward after 235 s. */
const DEFAULT_TIMEOUT = 235;

const atLeastOne = wholeNumber(1, LONGEST_WAIT, 'seconds');
/** Milliseconds from which on a check says what it is before its result does. */
const LONG_STEP = 2000;
const POWER_OFF_TIMEOUT = 120_000;

export const registerVerify: RegisterCommand = (program, { terminal, signal }) => {
  program
    .command('verify <image>')
    .description('boot an image as podman would and check everything that podman expects of its guest')
    .addOption(
      new Option('--arch <arch>', 'architecture of the image')
        .choices(['amd64', 'arm64'])
        .default(hostArchitecture() ?? 'amd64', 'that of this machine'),
    )
    .addOption(
      new Option('--client <version>', 'version of podman whose config and commands are used')
        .choices(['4.3', '5.4', '6.0'])
        .default('5.4'),
    )
    .option('--timeout <seconds>', 'how long a boot may take until Ready', atLeastOne, DEFAULT_TIMEOUT)
    .option(
      '--console-log <file>',
      "where the guest's console goes when a check fails",
      'podbsd-verify-console.log',
    )
    .option('--containers', "also try podman's commands, each line of docs/containers.md; needs no network")
    .option('--bench', "then measure a share beside the guest's own disk; takes two more boots")
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd verify freebsd.qcow2', 'Check an image before it is given to podman'],
        ['podbsd verify out', 'The one that build-image has written'],
        ['podbsd verify freebsd.raw --client 4.3 --json', 'As podman 4.3 would use it, for a script'],
        ['podbsd verify freebsd.qcow2 --containers', 'What containers can do in it'],
        ['podbsd verify freebsd.qcow2 --bench', 'How fast host folders are'],
      ) +
        '\n\nThe image is not changed. KVM or HVF are used where they really work, emulation otherwise.' +
        '\nExit code 0: all checks passed; 1: at least one has not.',
    )
    .action(async (image: string, options: Options) => {
      const { verifyImage } = await import('../vm/verify/verify.ts');
      const found = await imageIn(image, signal);
      const steps = showSteps(terminal, { lineAfter: LONG_STEP });
      const report = await verifyImage({
        image: found.file,
        architecture: found.architecture ?? options.arch,
        era: options.client,
        bench: options.bench,
        containers: options.containers,
        patience: { readyMs: options.timeout * 1000, powerOffMs: POWER_OFF_TIMEOUT },
        onBegin: (title) => steps.begin(title),
        onResult: (result) => {
          steps.pause();
          if (options.json === undefined) terminal.out(formatResult(result, terminal));
        },
        signal,
      }).finally(() => steps.end());
      await conclude(report, options, terminal);
    });
};

/** A folder of build-image or export is as good as the image in it, as for machine init. */
async function imageIn(
  image: string,
  signal: AbortSignal,
): Promise<Pick<FoundImage, 'file' | 'architecture'>> {
  const { MANIFEST_NAME } = await import('../disk/describe/manifest.ts');
  if (!(await exists(join(image, MANIFEST_NAME)))) return { file: image };
  const { imageOfExport } = await import('../images/export-folder.ts');
  return await imageOfExport(image, signal);
}

async function conclude(report: VerifyReport, options: Options, terminal: Terminal): Promise<void> {
  const { console: consoleText, bench, ...rest } = report;
  const log = report.passed ? undefined : await keepConsole(options.consoleLog, consoleText, terminal);
  if (options.json === true) {
    terminal.out(
      JSON.stringify(
        {
          ...rest,
          ...(bench === undefined ? {} : { bench: { ...bench, ratio: shareRatio(bench) } }),
          ...(log === undefined ? {} : { consoleLog: log }),
        },
        undefined,
        2,
      ),
    );
  } else {
    const missed = report.results.filter((result) => result.state !== 'passed').length;
    const { length } = report.results;
    terminal.out('');
    terminal.out(missed === 0 ? `all ${length} checks passed` : `${missed} of ${length} checks not passed`);
    for (const line of bench === undefined ? [] : formatShareBench(bench)) terminal.out(line);
    if (log !== undefined)
      terminal.err(`${terminal.paint('cyan', 'next:', 'err')}  read the guest's console in ${log}`);
  }
  if (!report.passed) process.exitCode = ExitCode.failed;
}

/** The results matter more than the log: they are shown even when it cannot be written. */
async function keepConsole(path: string, text: string, terminal: Terminal): Promise<string | undefined> {
  try {
    await writeFile(path, text);
    return path;
  } catch (error) {
    terminal.err(
      `${terminal.paint('yellow', 'note:', 'err')} the guest's console is not kept: ${messageOf(error)}`,
    );
    return undefined;
  }
}
