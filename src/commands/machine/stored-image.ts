import { loadConfig } from '../../config/load.ts';
import { ageNote } from '../../images/patches.ts';
import { imageStore, newestImage, type StoredImage } from '../../images/store.ts';
import { announceBuild } from '../../recipes/announce.ts';
import { buildIntoStore } from '../../recipes/into-store.ts';
import { hostArchitecture } from '../../vm/architecture.ts';
import { surroundings } from '../build-options.ts';
import { reporterFor } from '../build-reporter.ts';
import type { CommandContext } from '../command.ts';
import { notice } from '../notice.ts';

export interface Wish {
  readonly release?: string | undefined;
  readonly update?: boolean | undefined;
  /** Make an image when there is none. */
  readonly make: boolean;
  readonly dryRun: boolean;
}

/** What a dry run names instead of an image that would be made. */
const PLANNED = '(an image that podbsd image build would make)';

/**
 * The newest image of the store for this host. When there is none, one is made if that is wished, after saying what it
 * takes; interrupted, the same command goes on.
 * @returns its folder; undefined when there is none and none is to be made.
 */
export async function storedImage(wish: Wish, context: CommandContext): Promise<string | undefined> {
  const store = imageStore();
  const architecture = hostArchitecture() ?? 'amd64';
  const { release } = wish;
  // `newest` is whatever the store has that is newest.
  const named = release === 'newest' ? undefined : release;
  const find = async (): Promise<StoredImage | undefined> =>
    await newestImage(store, { architecture, release: named });
  const found = await find();
  if (found !== undefined) {
    if (!wish.dryRun) await sayAge(store, found, context);
    return found.dir;
  }
  if (!wish.make) return undefined;
  const { terminal } = context;
  const which = named === undefined ? 'FreeBSD' : `FreeBSD ${named}`;
  terminal.err(`There is no image of ${which} for ${architecture} yet in ${store}. One is made now.`);
  const around = surroundings({}, context);
  const options = { architecture, release, update: wish.update, asks: !wish.dryRun };
  const announced = await announceBuild(options, around);
  for (const line of announced.lines) terminal.err(line);
  terminal.err('If it is interrupted, the same command goes on where it stopped.');
  if (wish.dryRun) return PLANNED;
  const made = await buildIntoStore(
    store,
    { ...options, release: announced.release },
    { surroundings: around, reporter: () => reporterFor({}, terminal), dryRun: false, enough: find },
  );
  if (made !== undefined) await sayAge(store, made, context);
  return made?.dir;
}

/** Never in the way of a start: a configuration that cannot be read is the business of those who build. */
async function sayAge(
  store: string,
  image: StoredImage,
  { terminal, signal }: CommandContext,
): Promise<void> {
  const loaded = await loadConfig().catch(() => undefined);
  if (loaded === undefined) return;
  const note = await ageNote(store, image, loaded.config.download, signal);
  if (note !== undefined) notice(terminal, note);
}
