import type { StoredImage } from './store.ts';

/**
 * The images that have a newer one of the same branch of FreeBSD (15.1, whatever its patch level), architecture and name.
 * @param images the newest first, as the store lists them.
 */
export function replacedImages(images: readonly StoredImage[]): StoredImage[] {
  const kind = ({ manifest }: StoredImage): string =>
    [manifest.name, manifest.architecture, manifest.freebsd?.version.replace(/-p\d+$/, '')].join(' ');
  return images.filter((image, index) => images.findIndex((other) => kind(other) === kind(image)) !== index);
}
