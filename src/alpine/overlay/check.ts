import type { CheckOptions, OverlayProblem } from './problem.ts';
import { duplicates, kinds, names, strays } from './rules/archive.ts';
import { accounts, boot, cache, services } from './rules/boot.ts';
import { modes, owners } from './rules/permissions.ts';
import type { Rule } from './rules/rule.ts';
import type { OverlayMember } from './scan.ts';

const rules: readonly Rule[] = [
  names,
  kinds,
  owners,
  modes,
  strays,
  accounts,
  duplicates,
  cache,
  boot,
  services,
];

/** Checks an overlay against the rules of Alpine's initramfs, apk and sshd. Empty when there is no problem. */
export function checkOverlay(
  members: readonly OverlayMember[],
  options: CheckOptions = {},
): OverlayProblem[] {
  return rules.flatMap((rule) => rule(members, options));
}
