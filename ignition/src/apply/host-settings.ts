import { runProgram } from '../freebsd/program.ts';
import type { EnsureHostName, EnsureSettings } from '../plan/steps.ts';
import { ensureBlock } from './block.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureFile } from './place.ts';

/** For the next boots, in which rc(8) sets the name before this agent runs, and now. */
export function applyHostName(context: Context, { name }: EnsureHostName): void {
  const { system } = context;
  const content = `# Written by podbsd: /etc/hostname of the config.\nhostname="${name}"\n`;
  ensureDirectory(context, '/etc/rc.conf.d');
  ensureFile(context, { path: '/etc/rc.conf.d/hostname', content, mode: 0o644, owner: rootOwned });
  if (runProgram(system, ['/bin/hostname']).out.trim() !== name) runProgram(system, ['/bin/hostname', name]);
}

/** In the file that rc(8) reads at each boot, and now. Those that the kernel does not take are named. */
export function applySettings(context: Context, { source, settings }: EnsureSettings): void {
  const { system } = context;
  const problems = settings.flatMap(({ name, value }) => {
    const { code, err } = system.run(['/sbin/sysctl', `${name}=${value}`]);
    return code === 0 ? [] : [{ name, reason: err.trim() }];
  });
  const good = settings.filter(({ name }) => !problems.some((problem) => problem.name === name));
  ensureBlock(context, {
    path: '/etc/sysctl.conf.local',
    name: `/etc/sysctl.d/${source}`,
    lines: good.map(({ name, value }) => `${name}=${value}`),
    mode: 0o644,
  });
  if (problems.length > 0)
    throw new Error(problems.map(({ name, reason }) => `${name} is not set: ${reason}`).join('; '));
}
