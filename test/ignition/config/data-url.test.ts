import { describe, expect, it } from 'vitest';
import { decodeDataUrl } from '../../../ignition/src/config/data-url.ts';
import { decodeUtf8, encodeUtf8 } from '../../../ignition/src/utf8.ts';

function textOf(url: string): string {
  const content = decodeDataUrl(url);
  return typeof content === 'string' ? content : decodeUtf8(content);
}

describe('data: URLs', () => {
  it.each([
    ['data:,', ''],
    ['data:,a+b%20c%2Fd', 'a+b c/d'],
    ['data:,%C3%A9%F0%9F%98%80', 'é😀'],
    ['data:text/plain,a', 'a'],
    ['data:text/plain;charset=utf-8,a,b', 'a,b'],
    ['data:;base64,aGVsbG8=', 'hello'],
    ['data:text/plain;charset=utf-8;base64,aGVsbG8=', 'hello'],
    ['data:application/x-tar;name="a;,b";base64,aGVsbG8=', 'hello'],
    ['data:;base64,', ''],
  ])('%s', (url, expected) => {
    expect(textOf(url)).toBe(expected);
  });

  it('keeps bytes that are not UTF-8', () => {
    expect(decodeDataUrl('data:,%ff%00a')).toEqual(new Uint8Array([0xff, 0, 0x61]));
    expect(decodeDataUrl('data:;base64,/wA=')).toEqual(new Uint8Array([0xff, 0]));
  });

  it.each([
    'data:',
    'data:,%',
    'data:,%4',
    'data:,%zz',
    'data:;base64,a',
    'data:;base64,a=b',
    'data:;base64,a*b=',
    // As strict as Ignition: no escapes, no other alphabet, no missing padding.
    'data:;base64,aGVsbG8',
    'data:;base64,aGVs%0AbG8%3D',
    'data:;base64,_-8=',
    'data:;base64,aGVs\nbG8=',
    'data:,with space',
    'data:,a"b',
    'data:,[x]',
    'data:,é',
    'DATA:,x',
    'data:text,x',
    'data:font/woff,x',
    'data:;charset,x',
  ])('refuses %s', (url) => {
    expect(() => decodeDataUrl(url)).toThrow();
  });
});

describe('UTF-8', () => {
  it.each(['', 'abc', 'é', '€', '😀', 'a\u0000b', '\ufeff', '\u{10ffff}'])(
    'goes there and back: %j',
    (text) => {
      expect(encodeUtf8(text)).toEqual(new Uint8Array(Buffer.from(text)));
      expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    },
  );

  it.each([[[0xff]], [[0xc3]], [[0xe2, 0x82]], [[0xed, 0xa0, 0x80]], [[0xf5, 0x80]], [[0xc0, 0xaf]]])(
    'marks what is none: %j',
    (bytes) => {
      expect(decodeUtf8(new Uint8Array(bytes))).toMatch(/^\ufffd+$/);
    },
  );

  it('replaces lone surrogates', () => {
    expect(decodeUtf8(encodeUtf8('a\ud800b'))).toBe('a\ufffdb');
  });
});
