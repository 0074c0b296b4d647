import { findEntry } from './edit.ts';
import { file, type OverlayEntry } from './entry.ts';

const PATH = 'etc/apk/repositories';

/**
 * Points the repositories of an overlay to another branch: packages must come from the branch of the ISO image.
 * Lines of other forms (the boot medium, a repository of one's own, edge) stay as they are.
 */
export function retargetOverlay(entries: readonly OverlayEntry[], branch: string): OverlayEntry[] {
  const entry = findEntry(entries, PATH, 'of the guest');
  if (entry.type !== 'file') return [...entries];
  const text = Buffer.from(entry.content).toString('utf8');
  const changed = file(PATH, retargetRepositories(text, branch), entry.mode);
  return entries.map((one) => (one === entry ? changed : one));
}

export function retargetRepositories(text: string, branch: string): string {
  return text.replaceAll(
    /\/(?:latest-stable|v\d+\.\d+)\/(main|community)$/gm,
    (_, name: string) => `/${branch}/${name}`,
  );
}
