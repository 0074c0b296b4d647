import { join } from 'node:path';
import type { Json } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { bundleAgentFor } from '../shared/agent-bundle.ts';
import { guestFolder, guestInputs, guestSources } from '../shared/guest-sources.ts';
import { ownPortsFolder } from '../shared/own-ports.ts';
import { portRevision } from './port-revision.ts';
import { hashTree } from '../shared/tree-hash.ts';

/** The port whose sources are not downloaded but put beside it by podbsd. */
const GUEST_PORT = 'sysutils/podbsd-guest';

/** Everything that podbsd's own ports are made from. */
export async function ownPortsInputs(): Promise<Json> {
  return { ports: await hashTree(ownPortsFolder), ...(await guestInputs()) };
}

/** Puts podbsd's ports, with the sources of the guest's part, into the overlay tree on the build host. */
export async function stageOwnPorts(env: PoudriereEnv): Promise<void> {
  const { host, paths } = env;
  const port = `${paths.overlayPorts}/${GUEST_PORT}`;
  const agent = join(env.stateDir, 'podbsd-agent');
  await bundleAgentFor(env.here, agent);
  await host.remove(paths.overlayPorts);
  await host.upload(ownPortsFolder, paths.overlayPorts);
  for (const path of await guestSources())
    await host.upload(join(guestFolder, path), `${port}/files/guest/${path}`);
  await host.upload(agent, `${port}/files/guest/podbsd-agent`);
  await host.writeFile(`${port}/Makefile.local`, portRevision(await ownPortsInputs()));
}
