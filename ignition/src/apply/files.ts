import type { EnsureDirectory, EnsureFile, EnsureLink } from '../plan/steps.ts';
import { decodeUtf8 } from '../utf8.ts';
import { rootOwned, type Context, type Ownership } from './context.ts';
import { ensureDirectory, ensureFile, ensureHardLink, ensureSymlink, leadsTo, safePath } from './place.ts';
import { digest, readRecord, updateRecord } from '../state/record.ts';
import { checkFile, haveRead } from './checked-files.ts';
import { joinContents } from './join-contents.ts';

export function applyDirectory(context: Context, step: EnsureDirectory): void {
  const named = step.user !== undefined || step.group !== undefined;
  ensureDirectory(
    context,
    step.path,
    step.mode,
    named ? context.ownership(step.user, step.group) : undefined,
  );
}

export function applyFile(context: Context, step: EnsureFile): void {
  const { system } = context;
  const owner = context.ownership(step.user, step.group);
  const path = placeOf(context, step, owner);
  if (path === undefined) return;
  const there = system.lstat(path);
  if (there?.type === 'file') {
    if (step.onlyIfAbsent === true) return;
    if (step.contents === undefined) {
      keepAndAppend(context, step, path, there);
      return;
    }
  }
  const parts = [step.contents ?? {}, ...step.append].map((resource) => context.contents.load(resource));
  const content = joinContents(parts);
  if (step.check !== undefined) checkFile(context, step.check, content);
  ensureFile(context, { path, content, mode: step.mode ?? 0o644, owner });
  if (step.check !== undefined) haveRead(context, step.check);
  if (step.contents === undefined && step.append.length > 0) rememberAppended(context, step);
}

/**
 * A file that keeps what it holds may be a link: FreeBSD has some where Linux has files, /etc/motd and /etc/aliases. One
 * that leads nowhere makes room. Undefined when all is done: whoever has put a link there since may keep it.
 */
function placeOf(context: Context, step: EnsureFile, owner: Ownership): string | undefined {
  const { system } = context;
  const path = safePath(context, step.path, owner);
  if (step.contents !== undefined || system.lstat(path)?.type !== 'symlink') return path;
  if (isAppended(context, step)) return undefined;
  const target = leadsTo(system, path);
  return system.lstat(target) === undefined ? path : target;
}

/**
 * A file without a source keeps what it holds. Ignition appends once, at the first boot; this agent runs at every boot,
 * so it records what it has appended and checks the end of the file.
 */
function keepAndAppend(
  context: Context,
  step: EnsureFile,
  path: string,
  there: { mode: number; uid: number; gid: number },
): void {
  const { system } = context;
  const named = step.user !== undefined || step.group !== undefined;
  const owner = named ? context.ownership(step.user, step.group) : { uid: there.uid, gid: there.gid };
  const existing = system.readBytes(path) ?? new Uint8Array();
  const isDone = isAppended(context, step);
  const addition = isDone ? '' : joinContents(step.append.map((resource) => context.contents.load(resource)));
  const text = typeof addition === 'string' ? addition : decodeUtf8(addition);
  const content =
    text === '' || decodeUtf8(existing).endsWith(text) ? existing : joinContents([existing, addition]);
  ensureFile(context, { path, content, mode: step.mode ?? there.mode, owner });
  if (!isDone) rememberAppended(context, step);
}

function isAppended(context: Context, step: EnsureFile): boolean {
  return step.append.length === 0 || readRecord(context).appended[step.path] === appendedDigest(step);
}

function rememberAppended(context: Context, step: EnsureFile): void {
  const appended = { [step.path]: appendedDigest(step) };
  updateRecord(context, (record) => ({ ...record, appended: { ...record.appended, ...appended } }));
}

function appendedDigest(step: EnsureFile): string {
  return digest(step.append.map((resource) => resource.source ?? '').join('\n'));
}

export function applyLink(context: Context, step: EnsureLink): void {
  const there = context.system.lstat(step.path);
  if (step.onlyOverLinks === true && there !== undefined && there.type !== 'symlink') return;
  if (step.hard) ensureHardLink(context, step.path, step.target);
  else ensureSymlink(context, step.path, step.target, linkOwner(context, step));
}

function linkOwner(context: Context, step: EnsureLink) {
  return step.user === undefined && step.group === undefined
    ? rootOwned
    : context.ownership(step.user, step.group);
}
