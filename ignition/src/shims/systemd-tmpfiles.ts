import { Context } from '../apply/context.ts';
import { applyDockerSocket } from '../apply/sockets.ts';
import type { Program } from '../command-line/command.ts';
import { readCommandLine, UsageError, type Grammar } from '../command-line/read.ts';

const grammar: Grammar = {
  options: [{ names: ['--create'] }, { names: ['--prefix'], value: 'PATH' }],
};

/** podman runs `systemd-tmpfiles --create --prefix=/run/docker.sock` after `machine set --rootful`. */
export const systemdTmpfiles: Program = {
  name: 'systemd-tmpfiles',
  usage:
    'Usage: systemd-tmpfiles --create [--prefix=PATH]\nOn FreeBSD only /etc/tmpfiles.d/podman-docker.conf has a meaning.',
  usageCode: 1,
  run: (system, args) => {
    const line = readCommandLine(grammar, args);
    if (!line.has('--create')) throw new UsageError('--create must be given');
    const prefixes = line.values('--prefix');
    if (prefixes.length === 0 || prefixes.includes('/run/docker.sock'))
      applyDockerSocket(new Context(system));
    return 0;
  },
};
