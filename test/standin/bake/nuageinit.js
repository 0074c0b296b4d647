/* global scriptArgs */
// nuageinit(7), the part for a NoCloud seed with users and files, as FreeBSD 14.4 and 15.x behave.
// Runs in the guest under QuickJS; bundled with a YAML parser when the disk is made.
import * as std from 'std';
import * as os from 'os';
import { parse } from 'yaml';

const [, folder, kind] = scriptArgs;
if (kind !== 'nocloud') fail(`Usage: nuageinit <cloud-init-directory> (<config-2> | <nocloud>)`);

function fail(message) {
  std.err.puts(`nuageinit: ${message}\n`);
  std.exit(1);
}

function run(...argv) {
  if (os.exec(argv) !== 0) fail(`${argv.join(' ')} failed`);
}

const metaData = std.loadFile(`${folder}/meta-data`);
if (metaData === null) fail('error parsing nocloud meta-data: no such file');
if (!parse(metaData)) fail('error parsing nocloud meta-data');

const text = std.loadFile(`${folder}/user-data`);
const [line, ...rest] = (text ?? '').split('\n');
if (line !== '#cloud-config') fail(`the first line of user-data is ${JSON.stringify(line)}`);
if (rest.join('\n').trim() === '') std.exit(0);
run('/bin/mkdir', '-p', '/var/cache/nuageinit');
write('/var/cache/nuageinit/user_data', text);
const config = parse(text);

const known = ['users', 'write_files'];
for (const key of Object.keys(config))
  if (!known.includes(key)) fail(`not in the stand-in: ${key} in user-data`);

for (const file of config.write_files ?? []) {
  if (file.encoding !== undefined && file.encoding !== 'b64')
    fail(`not in the stand-in: encoding ${file.encoding}`);
  // io.open makes no folders, and the script ends when it fails.
  if (file.encoding === 'b64') writeBytes(file.path, fromBase64(file.content));
  else write(file.path, file.content);
  if (file.permissions !== undefined) run('/bin/chmod', octal(file.permissions), file.path);
}

// Without a list of users there would be one called freebsd, whose password everybody knows.
if (config.users === undefined) fail('not in the stand-in: the default user');
for (const user of config.users) {
  if (user.name !== 'root') fail(`not in the stand-in: making the user ${user.name}`);
  run('/bin/mkdir', '-p', '/root/.ssh');
  run('/bin/chmod', '0700', '/root/.ssh');
  for (const key of user.ssh_authorized_keys ?? []) {
    const before = std.loadFile('/root/.ssh/authorized_keys') ?? '';
    write('/root/.ssh/authorized_keys', `${before}${key}\n`);
  }
  run('/bin/chmod', '0600', '/root/.ssh/authorized_keys');
}

// tonumber(mode, 8) of a number that YAML has read as one would be wrong; a text is right.
function octal(permissions) {
  if (typeof permissions !== 'string' || !/^[0-7]+$/.test(permissions))
    fail(`permissions ${JSON.stringify(permissions)} are not a text of octal digits`);
  return permissions;
}

function write(path, content) {
  const file = std.open(path, 'w');
  if (file === null) fail(`unable to open ${path}`);
  file.puts(content);
  file.close();
}

function writeBytes(path, bytes) {
  const file = std.open(path, 'w');
  if (file === null) fail(`unable to open ${path}`);
  file.write(bytes.buffer, 0, bytes.length);
  file.close();
}

function fromBase64(text) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const values = [...text.replace(/=+$/, '')].map((digit) => digits.indexOf(digit));
  if (values.includes(-1)) fail(`not base64: ${text}`);
  const bytes = new Uint8Array(Math.floor((values.length * 6) / 8));
  for (let at = 0; at < bytes.length; at++) {
    const first = Math.floor((at * 8) / 6);
    const shift = (at * 8) % 6;
    bytes[at] = (values[first] << (2 + shift)) | (values[first + 1] >> (4 - shift));
  }
  return bytes;
}
