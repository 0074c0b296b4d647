import { execa } from 'execa';
import { expect, it } from 'vitest';
import { parseQemuOptions } from '../../../src/podman/linux/qemu-options.ts';
import { qemuValue } from '../../../src/vm/qemu-value.ts';
import { missing } from '../../support/programs.ts';

it.each([
  ['socket,id=a,path=/x', 'socket', { id: 'a', path: '/x' }],
  ['if=virtio,file=/a=b,,c', undefined, { if: 'virtio', file: '/a=b,c' }],
  ['kvm', 'kvm', {}],
  ['local,path=/a,,,,b,readonly', 'local', { path: '/a,,b' }],
])('%s', (text, kind, values) => {
  const options = parseQemuOptions(text);
  expect([options.kind, Object.fromEntries(options.values)]).toEqual([kind, values]);
});

it.skipIf(missing('qemu-img') !== undefined)('quotes a value as QEMU itself reads it', async () => {
  const path = '/nowhere/a, b,,c';
  const { stderr } = await execa(
    'qemu-img',
    ['info', '--image-opts', `driver=file,filename=${qemuValue(path)}`],
    {
      reject: false,
    },
  );
  expect(stderr).toContain(`'${path}'`);
});
