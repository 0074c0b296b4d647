import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup.ts'],
    // Boots under software emulation share two cores: more workers only make each of them slower.
    maxWorkers: 2,
    // Generous: a busy machine is no failure.
    testTimeout: 180_000,
    hookTimeout: 300_000,
  },
});
