import * as z from 'zod';
import { alpineSchema } from './alpine.ts';
import { bakeSchema } from './bake.ts';
import { buildSchema } from './build.ts';
import { downloadSchema } from './download.ts';
import { exportSchema } from './export.ts';
import { sharesSchema } from './shares.ts';

/** Everything that podbsd.toml may contain. Each table has a file of its own. */
export const configSchema = z.strictObject({
  build: buildSchema.prefault({}),
  bake: bakeSchema.prefault({}),
  download: downloadSchema.prefault({}),
  shares: sharesSchema.prefault({}),
  export: exportSchema.prefault({}),
  alpine: alpineSchema.prefault({}),
});

export type Config = z.infer<typeof configSchema>;
