import { relative } from 'node:path';
import { beforeEach, expect } from 'vitest';
import { packageRoot } from '../src/ground/assets.ts';
import { TEST_VARIABLE } from './support/left-over.ts';

// Programs inherit the name of the test that started them, so that one that is left running can be told.
const file = relative(packageRoot, expect.getState().testPath ?? '');
process.env[TEST_VARIABLE] = file;
beforeEach(({ task }) => {
  process.env[TEST_VARIABLE] = `${file} > ${task.name}`;
});
