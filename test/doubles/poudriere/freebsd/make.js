import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { point, put, record, remove } from '../lib/world.js';

/** make(1) mixes options, variables and targets in any order. Knows buildworld and buildkernel of /usr/src. */
export async function main(args) {
  record(['make', ...args]);
  const variables = {};
  const targets = [];
  let folder = process.cwd();
  for (let index = 0; index < args.length; index++) {
    const word = args[index];
    if (word === '-C') folder = args[++index];
    else if (word === '-j') {
      if (!/^[1-9]\d*$/.test(args[++index] ?? '')) throw new Exit(2, 'make: illegal argument to -j');
    } else if (word.startsWith('-D')) variables[word.slice(2)] = '1';
    else if (word.startsWith('-')) throw usage(`make: illegal option ${word}`);
    else if (/^\w+=/.test(word)) variables[word.split('=')[0]] = word.slice(word.indexOf('=') + 1);
    else targets.push(word);
  }
  if (!existsSync(join(folder, 'Makefile')))
    throw new Exit(2, `make: don't know how to make ${targets.join(' ')}. Stop`);
  for (const name of ['SRCCONF', '__MAKE_CONF', 'SRC_ENV_CONF'])
    if (variables[name] !== undefined && !existsSync(variables[name]))
      throw new Exit(2, `make: ${variables[name]}: no such file`);
  const obj = `${process.env.MAKEOBJDIRPREFIX ?? '/usr/obj'}${folder}/${variables.TARGET}.${variables.TARGET_ARCH}`;
  for (const target of targets) await build(target, obj, variables);
}

async function build(target, obj, variables) {
  const say = (text) => process.stdout.write(`--------------\n>>> ${text}\n--------------\n`);
  if (target === 'buildworld') {
    say('World build started');
    // CLEAN is the default: without that everything is built again.
    if (variables.WITHOUT_CLEAN === undefined) remove(obj);
    put(join(obj, 'toolchain-metadata.mk'), '');
    say('stage 4.2: building libraries');
    await point('world');
    put(join(obj, 'world'), '');
    say('World build completed');
  } else if (target === 'buildkernel') {
    if (!existsSync(join(obj, 'toolchain-metadata.mk')))
      throw new Exit(2, 'make: buildkernel needs a toolchain');
    say(`Kernel build for ${variables.KERNCONF} started`);
    await point('kernel');
    put(join(obj, `kernel.${variables.KERNCONF}`), '');
  } else throw new Exit(2, `make: don't know how to make ${target}. Stop`);
}
