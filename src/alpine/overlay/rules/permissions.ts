import { each, error, warning, type Rule } from './rule.ts';

export const owners: Rule = each((member, path) => {
  const named = member.uname !== '' && member.uname !== 'root';
  if (member.uid === 0 && !named) return undefined;
  const who = `belongs to ${member.uname === '' ? '' : `${member.uname}, `}uid ${member.uid}`;
  return /^(root|etc\/ssh)(\/|$)/.test(path)
    ? error(path, `${who}: sshd refuses keys in files and folders that are not root's`)
    : /^(etc|usr|bin|sbin|lib|boot)(\/|$)/.test(path)
      ? warning(path, `${who}; the guest's system files belong to root`)
      : undefined;
});

export const modes: Rule = each((member, path) => {
  const mode = `0${member.mode.toString(8)}`;
  if (/^etc\/ssh\/ssh_host_[a-z0-9]+_key$/.test(path) && (member.mode & 0o077) !== 0)
    return error(path, `has mode ${mode}: sshd refuses a host key that others can read (0600)`);
  if (member.kind !== 'symlink' && (member.mode & 0o002) !== 0 && (member.mode & 0o1000) === 0)
    return error(path, `has mode ${mode}: everybody in the guest may change it`);
  if (member.kind === 'directory' && (member.mode & 0o500) !== 0o500)
    return error(path, `has mode ${mode}: root's services cannot enter the directory`);
  if (
    member.kind !== 'directory' &&
    /^etc\/(local\.d\/[^/]+\.(start|stop)|init\.d\/[^/]+)$/.test(path) &&
    (member.mode & 0o100) === 0
  )
    return warning(path, `has mode ${mode}: OpenRC skips a script that is not executable (0755)`);
  return undefined;
});
