import type { IgnitionConfig } from '../config/types.ts';
import { homesOf } from '../freebsd/share-targets.ts';
import { planAccounts } from './accounts.ts';
import { planEnvironment } from './environment.ts';
import type { Facts } from './facts.ts';
import { doing, joined } from './parts.ts';
import { planRefusals } from './refusals.ts';
import { planStorage } from './storage.ts';
import type { Plan } from './steps.ts';
import { planUnits } from './units.ts';

/**
 * Everything that will happen, in order, and everything that will not. Accounts and keys come first, so that people can
 * log in and look when a later step fails; shares come last, since they may need the folders made before.
 */
export function plan(config: IgnitionConfig, facts: Facts): Plan {
  const accounts = planAccounts(config.passwd, facts);
  const homes = accounts.steps.flatMap((step) => (step.kind === 'user' ? [step.home] : []));
  return joined(
    accounts,
    planStorage(config.storage, facts),
    doing(...planEnvironment(config.storage.files, facts)),
    planUnits(config.systemd.units, [...homesOf(facts.accounts), ...homes], facts),
    planRefusals(config),
  );
}
