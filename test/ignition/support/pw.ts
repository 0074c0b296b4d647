import type { Program } from './memory/memory-system.ts';
import type { MemorySystem } from './memory/memory-system.ts';
import type { RunResult } from '../../../ignition/src/system/system.ts';

const master = '/etc/master.passwd';
const groupFile = '/etc/group';

type Fields = string[];

/** pw(8), as strict as the real one about the options and values that the agent uses. */
export const pw: Program = (argv, system) => {
  const [, command = '', ...args] = argv;
  const options = new Map<string, string>();
  const known: Readonly<Record<string, string>> = {
    useradd: 'nugGcdsh',
    usermod: 'nugdsh',
    userdel: 'n',
    unlock: '',
    groupadd: 'ng',
    groupmod: 'nm',
  };
  // The name stands alone here: pw's own option string for locking has no -n.
  const [operand = ''] = command === 'unlock' ? args.splice(0, 1) : [];
  for (let index = 0; index < args.length; index += 2) {
    const flag = /^-(.)$/.exec(args[index] ?? '')?.[1];
    const value = args[index + 1];
    if (flag === undefined || value === undefined || known[command]?.includes(flag) !== true) {
      return failed(64, `usage: pw ${command}: ${args[index] ?? ''}`);
    }
    options.set(flag, value);
  }
  const name = command === 'unlock' ? operand : (options.get('n') ?? '');
  if (!/^[^-\s,:+&#%^()!@~*?<>=|\\/"][^\s,:+&#%^()!@~*?<>=|\\/"]*$/.test(name) || name.length > 32) {
    return failed(65, `invalid name ${name}`);
  }
  const accounts = read(system, master);
  const groups = read(system, groupFile);
  const account = accounts.find((fields) => fields[0] === name);
  const group = groups.find((fields) => fields[0] === name);
  switch (command) {
    case 'useradd':
      return addUser(system, accounts, groups, options);
    case 'usermod': {
      if (account === undefined) return failed(67, `no such user \`${name}'`);
      const uid = options.get('u');
      if (uid !== undefined && accounts.some((other) => other !== account && other[2] === uid)) {
        return failed(65, `uid \`${uid}' has already been allocated`);
      }
      const primary = options.get('g');
      const found = groups.find((fields) => fields[0] === primary);
      if (primary !== undefined && found === undefined)
        return failed(67, `group \`${primary}' does not exist`);
      account[2] = uid ?? account[2] ?? '';
      account[3] = found?.[2] ?? account[3] ?? '';
      account[8] = options.get('d') ?? account[8] ?? '';
      account[9] = options.get('s') ?? account[9] ?? '';
      if (options.get('h') === '-') account[1] = '*';
      return save(system, accounts, undefined);
    }
    case 'unlock':
      if (account === undefined) return failed(67, `no such user \`${name}'`);
      account[1] = (account[1] ?? '').replace('*LOCKED*', '');
      return save(system, accounts, undefined);
    case 'userdel': {
      if (account === undefined) return failed(67, `no such user \`${name}'`);
      for (const fields of groups) fields[3] = without(fields[3], name);
      const left = groups.filter(
        (fields) => !(fields[0] === name && fields[2] === account[3] && fields[3] === ''),
      );
      return save(
        system,
        accounts.filter((fields) => fields !== account),
        left,
      );
    }
    case 'groupadd': {
      if (group !== undefined) return failed(65, `group name \`${name}' already exists`);
      const gid = options.get('g') ?? free(groups);
      if (groups.some((fields) => fields[2] === gid))
        return failed(65, `gid \`${gid}' has already been allocated`);
      return save(system, undefined, [...groups, [name, '*', gid, '']]);
    }
    case 'groupmod': {
      if (group === undefined) return failed(65, `unknown group \`${name}'`);
      const member = options.get('m') ?? '';
      if (!accounts.some((fields) => fields[0] === member))
        return failed(67, `user \`${member}' does not exist`);
      group[3] = [...without(group[3], member).split(',').filter(Boolean), member].join(',');
      return save(system, undefined, groups);
    }
    default:
      return failed(64, 'usage: pw ...');
  }
};

function addUser(
  system: MemorySystem,
  accounts: Fields[],
  groups: Fields[],
  options: Map<string, string>,
): RunResult {
  const name = options.get('n') ?? '';
  const uid = options.get('u') ?? free(accounts);
  if (accounts.some((fields) => fields[0] === name))
    return failed(65, `login name \`${name}' already exists`);
  if (accounts.some((fields) => fields[2] === uid))
    return failed(65, `uid \`${uid}' has already been allocated`);
  const others = (options.get('G') ?? '').split(',').filter(Boolean);
  const lost = others.find((other) => !groups.some((fields) => fields[0] === other));
  if (lost !== undefined) return failed(67, `group \`${lost}' does not exist`);
  const asked = options.get('g');
  let gid = groups.find((fields) => fields[0] === (asked ?? name))?.[2];
  if (asked !== undefined && gid === undefined) return failed(67, `group \`${asked}' is not defined`);
  if (gid === undefined) {
    gid = groups.some((fields) => fields[2] === uid) ? free(groups) : uid;
    groups.push([name, '*', gid, '']);
    // The group is written before the account: a power cut can come in between.
    save(system, undefined, groups);
  }
  const { c = '', d = '', s = '' } = Object.fromEntries(options);
  save(system, [...accounts, [name, '*', uid, gid, '', '0', '0', c, d, s]], undefined);
  for (const fields of groups) {
    if (!others.includes(fields[0] ?? '')) continue;
    fields[3] = [...without(fields[3], name).split(',').filter(Boolean), name].join(',');
  }
  return others.length === 0 ? done : save(system, undefined, groups);
}

const done: RunResult = { code: 0, out: '', err: '' };

function failed(code: number, message: string): RunResult {
  return { code, out: '', err: `pw: ${message}\n` };
}

function read(system: MemorySystem, path: string): Fields[] {
  const lines = (system.readText(path) ?? '').split('\n').filter(Boolean);
  return lines.map((line) => line.split(':'));
}

function save(system: MemorySystem, accounts: Fields[] | undefined, groups: Fields[] | undefined): RunResult {
  const text = (lines: Fields[]): string => lines.map((fields) => `${fields.join(':')}\n`).join('');
  if (groups !== undefined) {
    system.change('pw writes group');
    system.put(groupFile, text(groups), 0o644);
  }
  if (accounts !== undefined) {
    system.change('pw writes master.passwd');
    system.put(master, text(accounts), 0o600);
  }
  return done;
}

function without(members: string | undefined, name: string): string {
  const list = (members ?? '').split(',');
  return list.filter((member) => member !== name && member !== '').join(',');
}

function free(entries: Fields[]): string {
  let id = 1001;
  while (entries.some((fields) => fields[2] === String(id))) id++;
  return String(id);
}
