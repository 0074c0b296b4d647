import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/ground/assets.ts';
import { parseRcConf, rcNames } from '../../../src/recipes/bake/rc-conf.ts';
import { shippedList } from '../../../src/recipes/shared/shipped.ts';

describe('rc.conf', () => {
  it('of the overlay can be merged setting by setting', async () => {
    const text = await readFile(join(packageRoot, 'image/overlay/etc/rc.conf'), 'utf8');
    const settings = parseRcConf(text);
    expect(settings).toContainEqual({ name: 'podbsd_ready_enable', value: 'YES' });
    expect(settings.map(({ name }) => name)).toEqual([...rcNames(text)]);
  });

  it.each(['a=1', 'a="$b"', 'a="x" b="y"', '. /etc/other', 'a="`x`"'])(
    'that needs sh is refused: %s',
    (line) => {
      expect(() => parseRcConf(`ok="1"\n${line}\n`)).toThrow(/line 2/);
    },
  );

  it('names its variables in every form', () => {
    expect(rcNames('a="1"\n  b=2\nc+=" x"\n# d="4"\nif [ "$e" = 1 ]; then\n')).toEqual(
      new Set(['a', 'b', 'c']),
    );
  });

  it('of the base loses nothing that the overlay sets', async () => {
    const text = await readFile(join(packageRoot, 'image/overlay/etc/rc.conf'), 'utf8');
    for (const name of await shippedList('image/bake/rc.conf.remove'))
      expect([...rcNames(text)]).not.toContain(name);
  });
});
