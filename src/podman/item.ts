import type { Host } from '../host/host.ts';

/** A file or symbolic link that setup-podman makes. */
export type Item =
  | { readonly path: string; readonly content: string; readonly mode: number }
  | { readonly path: string; readonly target: string };

/** Whether it is there, exactly so. */
export async function stands(host: Host, item: Item): Promise<boolean> {
  const there = await host.stat(item.path);
  if ('target' in item) {
    if (there?.type !== 'symlink') return false;
    const { stdout } = await host.run(['readlink', item.path], { readOnly: true });
    return stdout.replace(/\n$/, '') === item.target;
  }
  return (
    there?.type === 'file' && there.mode === item.mode && (await host.readText(item.path)) === item.content
  );
}

export async function make(host: Host, item: Item): Promise<void> {
  if ('target' in item) await host.run(['ln', '-sfn', '--', item.target, item.path]);
  else await host.writeFile(item.path, item.content, { mode: item.mode });
}
