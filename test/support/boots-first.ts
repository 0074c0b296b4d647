import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Begins with the files that boot machines: each waits for a guest for a minute or more, and one that was begun last would
 * keep one processor busy and the other idle.
 */
export class BootsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(boots), ...sorted.filter((file) => !boots(file))];
  }
}

/** What boots asks first whether the stand-in guest can be made here. */
function boots({ moduleId }: TestSpecification): boolean {
  return /\bstandIn\w*Unavailable\b/.test(readFileSync(moduleId, 'utf8'));
}
