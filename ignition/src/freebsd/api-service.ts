import type { System } from '../system/system.ts';
import { podmanGroup } from './account-rules.ts';
import { readGroups } from './accounts.ts';
import { apiSocket, parentOf } from './paths.ts';
import { runProgram } from './program.ts';

/** Whether podman's API answers. HTTP/1.0: the server ends the connection itself. */
export function apiAnswers(system: System): boolean {
  if (system.lstat(apiSocket) === undefined) return false;
  const request = 'GET /_ping HTTP/1.0\r\nHost: d\r\nConnection: close\r\n\r\n';
  const result = system.run(['/usr/bin/nc', '-w', '5', '-U', apiSocket], request);
  return /^HTTP\/1\.[01] 200 /.test(result.out);
}

/** Lets the members of group podman use the socket: older rc scripts of the service leave it to root alone. */
export function openSocketToGroup(system: System): void {
  const group = readGroups(system).find((known) => known.name === podmanGroup);
  const socket = system.lstat(apiSocket);
  if (group === undefined || socket === undefined) return;
  const folder = parentOf(apiSocket);
  const places = [
    { path: folder, stat: system.lstat(folder), mode: 0o750 },
    { path: apiSocket, stat: socket, mode: 0o660 },
  ];
  for (const { path, stat, mode } of places) {
    if (stat === undefined) continue;
    if (stat.uid !== 0 || stat.gid !== group.gid)
      runProgram(system, ['/usr/sbin/chown', '-h', `0:${group.gid}`, path]);
    if (stat.mode !== mode) runProgram(system, ['/bin/chmod', mode.toString(8).padStart(4, '0'), path]);
  }
}
