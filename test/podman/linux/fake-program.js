#!/usr/bin/env node
// Stands for QEMU or virtiofsd: appends how it was called to the file named in PATH-OF-THIS-PROGRAM.report.
import { appendFileSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';
import { setInterval } from 'node:timers';

const [, self, ...argv] = process.argv;
let fd3;
try {
  fd3 = readlinkSync('/proc/self/fd/3');
} catch {
  // Not open.
}
const call = { pid: process.pid, argv, cwd: process.cwd(), fd3 };
const socket = argv[argv.indexOf('--socket-path') + 1];
if (argv.includes('--socket-path')) {
  const server = createServer((connection) => connection.resume().on('close', () => server.close()));
  server.listen(socket);
}
if (argv.includes('-pidfile')) process.on('SIGTERM', () => process.exit(42));
appendFileSync(readFileSync(`${self}.report`, 'utf8'), `${JSON.stringify(call)}\n`);
if (argv.includes('wait-for-signal')) setInterval(() => undefined, 1000);
