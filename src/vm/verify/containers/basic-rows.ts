import { compareVersions } from '../../../ground/versions.ts';
import { expectEqual } from '../expect.ts';
import { image } from './podman.ts';
import type { Row } from './row.ts';

/** Packs what a small container needs out of the guest's own base system: no network is needed, nor a registry. */
const packBase = `cd / && {
for path in bin lib etc/passwd etc/group etc/nsswitch.conf libexec/ld-elf.so.1 usr/bin/getent usr/bin/nc usr/bin/id; do
	echo $path
done
find usr/lib -maxdepth 1 -name '*.so*'; } | tar -c -f /var/tmp/podbsd-verify.tar -T -`;

/** The first ocijail that does not leak its umask into images. */
const oldestOcijail = '0.6.0';

/** Images, and the life of one container. */
export const basicRows: readonly Row[] = [
  {
    id: 'image',
    what: '`podman import`, `podman images`',
    state: 'works',
    remark: 'a FreeBSD image from any tar archive',
    run: async (podman) => {
      await podman.guest(['/bin/sh', '-c', packBase]);
      await podman.run('import', '/var/tmp/podbsd-verify.tar', image);
      await podman.guest(['/bin/rm', '/var/tmp/podbsd-verify.tar']);
      const images = await podman.run('images', '--format', '{{.Repository}}');
      if (!images.split('\n').includes(image)) throw new Error(`podman images does not show ${image}`);
      return undefined;
    },
  },
  {
    id: 'run',
    what: '`podman run`, exit codes, `-e`, `-i`, `--rm`',
    state: 'works',
    remark:
      'as root; rootless containers do not exist on FreeBSD, and the rootless connection leads to the same service',
    run: async (podman) => {
      const { code, out } = await podman.attempt(
        'run',
        '--rm',
        '-e',
        'A=b c',
        image,
        '/bin/sh',
        '-c',
        'echo "$A"; exit 7',
      );
      expectEqual('output and exit code', `${out} ${code}`, 'b c 7');
      expectEqual('input', await podman.withInput('given', 'run', '--rm', '-i', image, '/bin/cat'), 'given');
      return undefined;
    },
  },
  {
    id: 'build',
    what: '`podman build`, `podman commit`',
    state: 'works',
    remark: `needs ocijail ${oldestOcijail} or later: older ones leave the files of images readable by root alone`,
    run: async (podman) => {
      await podman.build(`${image}-built`, `FROM ${image}\nRUN echo made > /made\n`);
      const listed = await podman.run('run', '--rm', `${image}-built`, '/bin/ls', '-l', '/made');
      const change = ['/bin/sh', '-c', 'echo kept > /kept'];
      await podman.run('run', '--name', 'podbsd-commit', '--replace', image, ...change);
      await podman.run('commit', '--quiet', 'podbsd-commit', `${image}-committed`);
      await podman.run('rm', 'podbsd-commit');
      const kept = await podman.run('run', '--rm', `${image}-committed`, '/bin/cat', '/kept');
      expectEqual('a file of the committed image', kept, 'kept');
      const found = await podman.guest(['/usr/sbin/pkg', 'query', '%v', 'ocijail']).catch(() => '');
      const rights = /^-rw-r--r--/.test(listed)
        ? 'world-readable files'
        : `files that others cannot read: ${listed}`;
      if (found === '') return `ocijail of unknown version: ${rights}`;
      const old = compareVersions(found, oldestOcijail) < 0;
      return old ? `warning: ocijail ${found} is older than ${oldestOcijail}: ${rights}` : `ocijail ${found}`;
    },
  },
  {
    id: 'exec',
    what: '`podman exec`',
    state: 'works differently',
    remark:
      'on a machine with one processor the client loses what is printed first (upstream issue 25855): `podman machine set --cpus 2`',
    run: async (podman) => {
      await podman.start('podbsd-exec');
      const url = ['--url', 'unix:///var/run/podman/podman.sock'];
      for (let time = 1; time <= 10; time++)
        expectEqual(
          `exec, time ${time}`,
          await podman.run(...url, 'exec', 'podbsd-exec', '/bin/sh', '-c', 'echo a'),
          'a',
        );
      return 'ten times, through the API';
    },
  },
  {
    id: 'logs',
    what: '`podman logs`, `cp`, `top`, `inspect`, `kill`, `start`, `stop`, `rm`',
    state: 'works',
    remark: '',
    needs: ['exec'],
    run: async (podman) => {
      await podman.run(
        'run',
        '--name',
        'podbsd-logs',
        '--replace',
        image,
        '/bin/sh',
        '-c',
        'echo first; echo last',
      );
      expectEqual('logs', await podman.run('logs', 'podbsd-logs'), 'first\nlast');
      await podman.run('cp', 'podbsd-exec:/etc/group', '/var/tmp/podbsd-group');
      if (!(await podman.run('top', 'podbsd-exec')).includes('sleep'))
        throw new Error('top does not show sleep');
      await podman.run('rm', 'podbsd-logs');
      const state = ['inspect', '--format', '{{.State.Status}}', 'podbsd-exec'];
      expectEqual('state', await podman.run(...state), 'running');
      await podman.run('kill', 'podbsd-exec');
      const ended = (answer: string): boolean => answer === 'exited';
      await podman.eventually('state after kill', () => podman.run(...state), ended);
      await podman.run('start', 'podbsd-exec');
      await podman.run('stop', '--time', '0', 'podbsd-exec');
      expectEqual('state after stop', await podman.run(...state), 'exited');
      await podman.run('rm', 'podbsd-exec');
      return undefined;
    },
  },
  {
    id: 'volume',
    what: '`-v` of folders and named volumes, `:ro`',
    state: 'works',
    remark: 'nullfs; folders of the host are shares of the machine, see [shares.md](shares.md)',
    run: async (podman) => {
      await podman.run('volume', 'create', '--ignore', 'podbsd-volume');
      const shared = ['-v', 'podbsd-volume:/data'];
      await podman.run('run', '--rm', ...shared, image, '/bin/sh', '-c', 'echo kept > /data/file');
      expectEqual(
        'the file',
        await podman.run('run', '--rm', ...shared, image, '/bin/cat', '/data/file'),
        'kept',
      );
      const readOnly = ['-v', 'podbsd-volume:/data:ro', image, '/bin/sh', '-c', 'echo no > /data/file'];
      if ((await podman.attempt('run', '--rm', ...readOnly)).code === 0)
        throw new Error(':ro lets a container write');
      await podman.run('volume', 'rm', 'podbsd-volume');
      return undefined;
    },
  },
  {
    id: 'init',
    what: '`--init`',
    state: 'works',
    remark: 'catatonit of FreeBSD’s packages',
    run: async (podman) => {
      expectEqual(
        'output',
        await podman.run('run', '--rm', '--init', image, '/bin/sh', '-c', 'echo in'),
        'in',
      );
      return undefined;
    },
  },
];
