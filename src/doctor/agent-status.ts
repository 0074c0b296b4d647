import * as z from 'zod';
import type { Host } from '../host/host.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';

const schema = z.object({
  provisioning: z
    .object({
      time: z.string(),
      ok: z.boolean(),
      done: z.number(),
      failures: z.array(z.string()),
    })
    .nullable(),
  shares: z.array(z.object({ tag: z.string(), target: z.string(), readOnly: z.boolean() })),
  /** What was written to podman's port in this boot. */
  ready: z.string().nullable(),
  /** What the service of health checks watches; null when it does not run, missing from older agents. */
  health: z.object({ watched: z.array(z.object({ name: z.string() })) }).nullish(),
});

/** What `podbsd-agent status --json` says. */
export type AgentStatus = z.infer<typeof schema>;

/** @throws PodbsdError when the guest has no agent, or one with an unexpected answer. */
export async function readAgentStatus(host: Host): Promise<AgentStatus> {
  // By its path: the login shell of the machine's user need not search /usr/local/sbin. 1: provisioning failed.
  const argv = ['/usr/local/sbin/podbsd-agent', 'status', '--json'] as const;
  const { stdout } = await host.run(argv, { readOnly: true, okCodes: [0, 1] });
  const parsed = schema.safeParse(json(stdout));
  if (parsed.success) return parsed.data;
  throw new PodbsdError({
    doing: `asking the guest agent of ${host.name}`,
    problem: `unexpected answer: ${stdout.slice(0, 200).trim()}`,
    remedy:
      'install the guest agent of this podbsd in the machine, or make the machine anew from a new image',
    exitCode: ExitCode.data,
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
