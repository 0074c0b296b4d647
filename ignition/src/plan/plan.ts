import type { IgnitionConfig } from '../config/types.ts';
import { planAccounts } from './accounts.ts';
import { planEnvironment } from './environment.ts';
import type { Facts } from './facts.ts';
import { planRefusals } from './refusals.ts';
import { planStorage } from './storage.ts';
import type { Plan, Skipped, Step } from './steps.ts';
import { planUnits } from './units.ts';

/**
 * Everything that will happen, in order, and everything that will not. Accounts and keys come first, so that people can
 * log in and look when a later step fails; shares come last, since they may need the folders made before.
 */
export function plan(config: IgnitionConfig, facts: Facts): Plan {
  const skipped: Skipped[] = [];
  const accounts = planAccounts(config.passwd, facts, skipped);
  const storage = planStorage(config.storage, skipped);
  const shares = planUnits(config.systemd.units, skipped);
  const environment = planEnvironment(config.storage.files, facts.environmentItem);
  const refusals = planRefusals(config, skipped);
  const steps: Step[] = [...accounts, ...storage, ...environment, ...shares, ...refusals];
  return { steps, skipped };
}
