import { expect, it } from 'vitest';
import { examine } from '../../src/doctor/check.ts';
import { freebsdHostChecks } from '../../src/doctor/freebsd-host.ts';
import { answeringHost, type Answers } from './answering-host.ts';

const healthy: Answers = {
  'freebsd-version -k': '15.1-RELEASE\n',
  'freebsd-version -u': '15.1-RELEASE\n',
  'uname -r': '15.1-RELEASE\n',
  'zpool list -H -o name,health': 'zroot\tONLINE\nlarge\tONLINE\n',
  'poudriere version': 'poudriere-git-3.4.8\n',
  'pkg query %v vm-bhyve': '1.7.1\n',
  'kldstat -q -m vmm': '',
  'sysrc -n vm_enable': 'YES\n',
};

it.each<[id: string, state: string, changes: Answers]>([
  ['host.zfs', 'problem', { 'zpool list -H -o name,health': 'zroot\tDEGRADED\nlarge\tONLINE\n' }],
  ['host.zfs', 'warning', { 'zpool list -H -o name,health': '' }],
  ['host.poudriere', 'warning', { 'poudriere version': 127 }],
  ['host.poudriere', 'problem', { 'poudriere version': 'poudriere-git-3.3.7\n' }],
  ['host.vm-bhyve', 'warning', { 'pkg query %v vm-bhyve': 1 }],
  ['host.vm-bhyve', 'warning', { 'kldstat -q -m vmm': 1 }],
  ['host.vm-bhyve', 'warning', { 'sysrc -n vm_enable': 'NO\n' }],
  ['host.kernel', 'warning', { 'uname -r': '15.0-RELEASE\n' }],
])('a FreeBSD host: %s is a %s when %o', async (id, state, changes) => {
  const healthyFindings = await examine(freebsdHostChecks(answeringHost(healthy)), () => undefined);
  expect(healthyFindings.filter((one) => one.state !== 'ok')).toEqual([]);
  const host = answeringHost({ ...healthy, ...changes });
  const found = (await examine(freebsdHostChecks(host), () => undefined)).filter((one) => one.state !== 'ok');
  expect(found).toMatchObject([{ id, state, repair: expect.stringMatching(/\S/) as string }]);
});
