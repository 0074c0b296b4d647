export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Settings that only Linux has; those of other names are looked for. */
const linux =
  /^(?:abi|crypto|dev\.(?:raid|cdrom|tty)|fs|kernel|sunrpc|user)\.|^net\.(?:bridge|core|ipv4|ipv6|mptcp|netfilter|unix)\.|^vm\.(?:dirty_|max_map_count|min_free|nr_|overcommit_|swappiness|vfs_)/;

export function isLinuxSetting(name: string): boolean {
  return linux.test(name);
}

/** The lines of a file of sysctl.d(5): `NAME = VALUE`, where a slash may stand for a dot, and a minus for "if it can be". */
export function readSettings(text: string): Setting[] {
  return text.split('\n').flatMap((line): Setting[] => {
    const [, name, value] = /^\s*-?([A-Za-z0-9_][A-Za-z0-9_.%/-]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    // As in sysctl.d(5): the first separator tells which of the two it is.
    const isSlashed = /^[^./]*\//.test(name);
    return [{ name: isSlashed ? name.replaceAll('/', '.') : name, value }];
  });
}
