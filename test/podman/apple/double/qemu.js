#!/usr/bin/env node
// Stands for QEMU with a guest: takes the options that the stand-in gives and no others, speaks QMP, and plays the guest
// that DOUBLE_GUEST names. How it was started is appended to DOUBLE_REPORT, a line of JSON.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, fstatSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { setInterval, setTimeout } from 'node:timers';

const [, , ...argv] = process.argv;
const guest = process.env.DOUBLE_GUEST ?? 'ready';

function refuse(why) {
  process.stderr.write(`qemu-system: ${why}\n`);
  process.exit(1);
}

/** The value of a comma-separated option; a comma in it is doubled. */
function value(text, key) {
  const parts = text.replaceAll(',,', '\0').split(',');
  return parts
    .find((part) => part.startsWith(`${key}=`))
    ?.slice(key.length + 1)
    .replaceAll('\0', ',');
}

const takesValue =
  '-name -accel -cpu -M -smp -m -display -chardev -serial -drive -device -fw_cfg -netdev -fsdev -qmp -bios';
const given = [];
for (let at = 0; at < argv.length; at++) {
  if (argv[at] === '-nodefaults') continue;
  if (!takesValue.split(' ').includes(argv[at])) refuse(`${argv[at]}: invalid option`);
  given.push([argv[at], argv[(at += 1)] ?? refuse(`requires an argument: ${argv[at - 1]}`)]);
}
const all = (option) => given.filter(([name]) => name === option).map(([, text]) => text);
const one = (option, start) =>
  all(option).find((text) => text.startsWith(start)) ?? refuse(`no ${option} ${start}`);

if (guest === 'no-hvf') refuse('-accel hvf: Error: ret = HV_DENIED (0xfae94007, at accel/hvf/hvf-all.c:310)');
for (const text of all('-fsdev')) {
  if (!statSync(value(text, 'path'), { throwIfNoEntry: false })?.isDirectory())
    refuse('cannot open the folder');
}
for (const text of all('-device').filter((device) => device.startsWith('virtio-9p-pci'))) {
  const tag = value(text, 'mount_tag');
  if (tag.length > 31) refuse(`mount tag '${tag}' (${tag.length} bytes) is longer than maximum (31 bytes)`);
}
const disk = value(one('-drive', 'if=none,id=hd0'), 'file');
if (!existsSync(disk)) refuse(`Could not open '${disk}'`);
const ignition = readFileSync(value(one('-fw_cfg', 'name=opt/com.coreos/config'), 'file'), 'utf8');
const consoleLog = value(one('-chardev', 'file,id=console'), 'path');
const netdev = one('-netdev', '');

/** What came back from the other end of the network. */
let network = 'stream';
if (netdev.startsWith('dgram')) {
  if (!fstatSync(3).isSocket()) refuse('descriptor 3 is no socket');
  // Node.js cannot talk through a datagram socket.
  const exchange =
    'open(my $s, "+<&=", 3) or die; send($s, "f" x 1514, 0) or die; recv($s, my $f, 2000, 0); print length $f';
  network = spawnSync('perl', ['-e', exchange], {
    stdio: ['ignore', 'pipe', 'inherit', 3],
  }).stdout.toString();
}

// gvproxy takes this for QEMU, and ends when it goes.
if (netdev.startsWith('stream'))
  connect(value(netdev, 'addr.path')).on('error', (error) => refuse(error.message));

let ready;
let pressed = 0;
const readyPort = createServer((connection) => {
  ready = connection;
  connection.on('error', () => undefined);
  if (['ready', 'deaf', 'late'].includes(guest)) connection.write('Rea', () => connection.write('dy\n'));
  if (guest === 'off-early') process.exit(0);
});
readyPort.listen(value(one('-chardev', 'socket,path='), 'path'));

const monitor = createServer((connection) => {
  connection.write('{"QMP": {"version": {}, "capabilities": []}}\n');
  connection.on('error', () => undefined);
  let rest = '';
  connection.on('data', (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const { execute } = JSON.parse(line);
      report({ execute });
      const answers = { qmp_capabilities: {}, 'query-status': { status: 'running', running: true } };
      connection.write(`${JSON.stringify({ return: answers[execute] ?? {} })}\n`);
      if (execute === 'quit') process.exit(0);
      if (execute === 'system_powerdown' && guest !== 'deaf') {
        // A guest in its loader misses the first press.
        if (guest === 'ready' || (pressed += 1) > 1) setTimeout(() => process.exit(0), 100);
      }
    }
  });
});
const qmp = one('-qmp', 'unix:').slice('unix:'.length);
monitor.listen(qmp.split(',')[0]);

function report(what) {
  appendFileSync(process.env.DOUBLE_REPORT, `${JSON.stringify({ pid: process.pid, ...what })}\n`);
}
process.on('SIGUSR1', () => process.exit(0));
process.on('SIGUSR2', () => ready?.write('Ready\n'));
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => report({ signal: 'SIGINT' }));
appendFileSync(consoleLog, 'FreeBSD/double login:\n');
report({ argv, ignition, network, cwd: process.cwd() });
// A QEMU that is stuck in the kernel: its sockets take connections, and nothing ever answers.
if (guest === 'hangs') setTimeout(() => process.kill(process.pid, 'SIGSTOP'), 100);
setInterval(() => undefined, 1000);
