import { expect, it } from 'vitest';
import { engineModule } from '../../../ignition/src/system/engine-module.ts';

it.each(['std', 'qjs:std'])('finds the module of an engine that calls it %s', async (known) => {
  const load = (name: string) =>
    name === known ? Promise.resolve({ name }) : Promise.reject(new Error(name));
  expect(await engineModule('std', load)).toEqual({ name: known });
});

it('tells of an engine that has neither', async () => {
  await expect(engineModule('std', (name) => Promise.reject(new Error(`no ${name}`)))).rejects.toThrow(
    'no qjs:std',
  );
});
