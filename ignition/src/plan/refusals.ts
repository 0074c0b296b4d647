import type { IgnitionConfig } from '../config/types.ts';
import type { Plan, Refusal } from './steps.ts';

/** What the config as a whole demands and this agent does not do: refused when it matters, else skipped. */
export function planRefusals(config: IgnitionConfig): Plan {
  const { kernelArguments } = config;
  const skipped = (['shouldExist', 'shouldNotExist'] as const).flatMap((key) =>
    kernelArguments[key].map((argument, index) => ({
      pointer: `/kernelArguments/${key}/${index}`,
      what: argument,
      reason: 'Linux kernel arguments mean nothing to FreeBSD; see loader.conf(5)',
    })),
  );
  const remote = config.ignition.remoteConfigs.map((resource): Refusal => ({
    kind: 'refusal',
    pointer: resource.pointer,
    what: 'a config from elsewhere',
    reason: 'configs are not fetched or merged: put everything into the one config',
  }));
  const layouts = config.storage.layouts.map((pointer): Refusal => ({
    kind: 'refusal',
    pointer,
    what: 'a disk layout',
    reason: 'disks are not partitioned or formatted: the image brings its own layout',
  }));
  return { steps: [...remote, ...layouts], skipped };
}
