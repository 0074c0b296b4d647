import { configDefaults, defineConfig } from 'vitest/config';
import { BootsFirst } from './test/support/boots-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup.ts'],
    setupFiles: ['test/name-test.ts'],
    // For --changed: nobody can tell which tests read a file that none imports, so all are run.
    forceRerunTriggers: [
      ...configDefaults.forceRerunTriggers,
      '**/{ignition,image,poudriere,doubles,fixtures}/**/!(*.ts)',
      '**/podbsd.toml',
    ],
    // Loading the sources anew for each file takes longer than most tests do; what a test changes in its process is undone.
    isolate: false,
    unstubEnvs: true,
    unstubGlobals: true,
    restoreMocks: true,
    sequence: { sequencer: BootsFirst },
    // A test that boots a machine waits for it for about half of its time, so three keep two cores busy. With more, each
    // boot only takes longer.
    maxWorkers: 3,
    // Generous, and so for every test: a busy machine is no failure.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // The end of the run waits for programs that a busy computer has not ended yet.
    teardownTimeout: 60_000,
  },
});
