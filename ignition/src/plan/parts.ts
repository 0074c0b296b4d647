import type { Plan, Skipped, Step } from './steps.ts';

/** The part of a plan that only does something. */
export function doing(...steps: readonly Step[]): Plan {
  return { steps, skipped: [] };
}

/** The part of a plan that leaves one thing out. */
export function skipping(skipped: Skipped): Plan {
  return { steps: [], skipped: [skipped] };
}

/** Parts one after the other. */
export function joined(...parts: readonly Plan[]): Plan {
  return {
    steps: parts.flatMap((part) => part.steps),
    skipped: parts.flatMap((part) => part.skipped),
  };
}
