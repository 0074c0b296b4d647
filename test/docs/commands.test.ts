import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { podbsdCalls, shellBlocks, whyNotParsed } from '../support/command-line.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(packageRoot, 'docs')).map((name) => `docs/${name}`),
];

/** What stands between backticks and begins with the program's name. */
function spans(markdown: string): string {
  return [...markdown.matchAll(/`((?:npm run |podbsd )[^`]+)`/g)].map(([, span]) => span).join('\n');
}

/** The headings of a document as GitHub names them in links. */
function anchors(markdown: string): string[] {
  const headings = markdown.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const read = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');

describe.each(documents)('%s', (name) => {
  it('calls podbsd only with words that it takes', async () => {
    expect(await refused(podbsdCalls(shellBlocks(read(name))))).toEqual([]);
  });

  it('names only commands and options that there are', async () => {
    // A sentence may leave out what a call needs.
    const incomplete = /missing required argument|required option '.*' not specified/;
    const wrong = await refused(podbsdCalls(spans(read(name))));
    expect(wrong.filter((line) => !incomplete.test(line))).toEqual([]);
  });

  it('calls only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const called = [...read(name).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(
      ([, script]) => script ?? '',
    );
    expect(called.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('links only to files that are there', () => {
    const folder = join(packageRoot, name, '..');
    const links = [...read(name).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !exists(join(folder, link)))).toEqual([]);
  });

  it('links only to headings that are there', () => {
    const links = [...read(name).matchAll(/\]\(([^)#:\s]*)#([^)\s]+)\)/g)].map(
      ([, file = '', anchor = '']) => ({
        file: file === '' ? name : join(dirname(name), file),
        anchor,
      }),
    );
    expect(links.filter(({ file, anchor }) => !anchors(read(file)).includes(anchor))).toEqual([]);
  });
});

it('the README leads to every document', () => {
  const readme = read('README.md');
  expect(documents.filter((name) => name !== 'README.md' && !readme.includes(`](${name}`))).toEqual([]);
});

it('the documents call podbsd at all', () => {
  const all = documents.flatMap((name) => podbsdCalls(shellBlocks(read(name))));
  expect(all.length).toBeGreaterThan(30);
});

it('a call that podbsd does not take is found', async () => {
  expect(
    podbsdCalls('sudo podbsd machine inti --now  # makes one\nnpm run build-image -- --host x | tee log'),
  ).toEqual([
    ['machine', 'inti', '--now'],
    ['build-image', '--host', 'x'],
  ]);
  expect(await whyNotParsed(['machine', 'inti', '--now'])).toContain('inti');
  expect(await whyNotParsed(['machine', 'init', '--nwo'])).toContain('--nwo');
  expect(await whyNotParsed(['machine', 'init', '--now'])).toBeUndefined();
});

async function refused(calls: readonly string[][]): Promise<string[]> {
  const wrong: string[] = [];
  for (const words of calls) {
    const why = await whyNotParsed(words);
    if (why !== undefined) wrong.push(`podbsd ${words.join(' ')}: ${why}`);
  }
  return wrong;
}

function exists(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
  }
}
