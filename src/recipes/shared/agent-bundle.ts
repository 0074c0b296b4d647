import type { Host } from '../../host/host.ts';

/** Writes the guest agent, one JavaScript file, on podbsd's own machine. esbuild is loaded only now. */
export async function bundleAgentFor(here: Host, outFile: string): Promise<void> {
  await here.perform(`bundle the guest agent into ${outFile}`, async () => {
    const { bundleAgent } = await import('../../bundles/agent.ts');
    await bundleAgent(outFile);
  });
}
