import { parseConfig, type ParsedConfig } from '../config/parse.ts';
import { fedoraLinks, linkedPath } from '../freebsd/fedora-links.ts';
import { freshImage, type Facts } from '../plan/facts.ts';
import { doing, joined } from '../plan/parts.ts';
import { plan } from '../plan/plan.ts';
import type { Plan, Step } from '../plan/steps.ts';
import { readRecord } from '../state/record.ts';
import { rememberedShares } from '../state/shares.ts';
import type { Context } from './context.ts';
import { leadsTo } from './place.ts';

export interface PlannedConfig extends ParsedConfig {
  /** Undefined when the config is wrong. */
  readonly planned: Plan | undefined;
}

/**
 * What a config means on this system, computed in one place for `plan` and for provisioning. Nothing is changed. Off
 * FreeBSD a fresh image is assumed.
 *
 * @param environmentItem what podman 4.x sends beside the config.
 */
export function planConfig(context: Context, text: string, environmentItem?: string): PlannedConfig {
  const parsed = parseConfig(text, (resource) => context.contents.text(resource));
  if (parsed.config === undefined) return { ...parsed, planned: undefined };
  const planned = plan(parsed.config, { ...factsOf(context), environmentItem });
  return { ...parsed, planned: joined(planned, doing(...remembered(context, planned))) };
}

function factsOf(context: Context): Facts {
  const { system } = context;
  const contents: Facts['contents'] = (resource) => context.contents.load(resource);
  if (system.platform !== 'freebsd') return { ...freshImage, contents };
  return {
    accounts: context.accounts(),
    groups: context.groups(),
    ourUsers: readRecord(context).users,
    environmentItem: undefined,
    contents,
    hasSetting: (name) => system.run(['/sbin/sysctl', '-N', name]).code === 0,
    leadsTo: (path) => {
      const real = leadsTo(system, path);
      // The links that an older image lacks are made before anything else, where nothing stands in their place.
      const missing = fedoraLinks.filter(([link]) => system.lstat(link) === undefined);
      return leadsTo(system, linkedPath(real, missing));
    },
  };
}

/** Shares that podman mounted over SSH before the guest was restarted from inside. */
function remembered(context: Context, planned: Plan): Step[] {
  const named = planned.steps.filter((step) => step.kind === 'mount');
  return rememberedShares(context)
    .filter((share) => !named.some((step) => step.target === share.target || step.tag === share.tag))
    .map((share) => ({ kind: 'mount', optional: true, ...share }));
}
