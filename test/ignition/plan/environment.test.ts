import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../ignition/src/config/parse.ts';
import {
  forFreebsdUpdate,
  inBothCases,
  rcEnvironment,
  readDefaultEnvironment,
} from '../../../ignition/src/freebsd/service-environment.ts';
import { freshImage } from '../../../ignition/src/plan/facts.ts';
import { plan } from '../../../ignition/src/plan/plan.ts';
import { config } from '../support/fixtures.ts';

function environmentOf(files: object[], item?: string) {
  const parsed = parseConfig(config({ storage: { files } }));
  if (parsed.config === undefined) throw new Error('the config is wrong');
  const { steps } = plan(parsed.config, { ...freshImage, environmentItem: item });
  return steps.find((step) => step.kind === 'service-environment');
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('proxies from fw_cfg', () => {
  it.each([
    ['podman 4.3.1, with its trailing pipe', 'http_proxy="http://p:3128"|no_proxy="a,b"|'],
    ['podman 4.9.5', 'http_proxy="http://p:3128"|no_proxy="a,b"'],
  ])('of %s', (_version, text) => {
    expect(environmentOf([], base64(text))?.fromHost).toEqual({
      http_proxy: 'http://p:3128',
      no_proxy: 'a,b',
    });
  });

  it('quoted as Go does, with a pipe inside', () => {
    const text = 'https_proxy="http://u:\\"|\\\\@p:1"|HTTP_PROXY="http://q"';
    expect(environmentOf([], base64(text))?.fromHost).toEqual({
      https_proxy: 'http://u:"|\\@p:1',
      HTTP_PROXY: 'http://q',
    });
  });

  it('at localhost are the host’s', () => {
    const text =
      'http_proxy="http://u:p@127.0.0.1:3128/"|https_proxy="http://localhost"|no_proxy="localhost"';
    expect(environmentOf([], base64(text))?.fromHost).toEqual({
      http_proxy: 'http://u:p@host.containers.internal:3128/',
      https_proxy: 'http://host.containers.internal',
      no_proxy: 'localhost',
    });
  });

  it.each([
    '%%%',
    base64('LD_PRELOAD="/x"|PATH="/tmp"'),
    base64('http_proxy="a\\u0000\nb"'),
    base64('http_proxy=x'),
  ])('that are none leave nothing: %s', (item) => {
    expect(environmentOf([], item)?.fromHost).toEqual({});
  });
});

describe('certificates of the config', () => {
  it.each([
    ['4.x', '/etc/profile.d/ssl_cert_file.sh', 'export SSL_CERT_FILE=/etc/containers/certs.d/ca.pem'],
    ['5.x', '/etc/environment.d/podman-machine-ssl.conf', 'SSL_CERT_FILE="/etc/containers/certs.d/ca.pem"\n'],
  ])('are made known to the service: podman %s', (_version, path, text) => {
    const source = `data:,${encodeURIComponent(text)}`;
    expect(environmentOf([{ path, contents: { source } }])?.fromConfig).toEqual({
      SSL_CERT_FILE: '/usr/local/etc/containers/certs.d/ca.pem',
    });
  });
});

describe('certificates that people put where Linux trusts them', () => {
  it.each(['/etc/pki/ca-trust/source/anchors/mine.pem', '/usr/local/share/ca-certificates/mine.crt'])(
    'are trusted: %s',
    (path) => {
      const { config: parsed } = parseConfig(config({ storage: { files: [{ path }] } }));
      if (parsed === undefined) throw new Error('the config is wrong');
      expect(plan(parsed, freshImage).steps.find((step) => step.kind === 'certificates')?.paths).toEqual([
        path,
      ]);
    },
  );
});

describe('the file for rc(8)', () => {
  const hostile = {
    HTTP_PROXY: `http://u:$(touch /pwned)@p`,
    HTTPS_PROXY: "'; exit 3; '",
    NO_PROXY: '`id`,"a",\\,$HOME,  two  spaces, *',
    FTP_PROXY: '',
  };

  it.each(['export --', 'env'])('gives every value unchanged to a shell that evaluates it with %s', (how) => {
    const script = `${rcEnvironment(hostile)}\n${how === 'env' ? 'eval "env $podman_service_env env"' : 'eval "export -- $podman_service_env"; env'}`;
    const { stdout } = execaSync('/bin/sh', ['-c', script], { env: {}, extendEnv: false });
    const seen = Object.fromEntries(
      stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(seen).toMatchObject(hostile);
  });
});

describe('what podman 5 and 6 write over SSH', () => {
  it('is read line by line', () => {
    const text =
      '[Manager]\nDefaultEnvironment="HTTP_PROXY=http://a"b"\nDefaultEnvironment="no_proxy=x"\n# "A=b"\n';
    expect(readDefaultEnvironment(text)).toEqual({ HTTP_PROXY: 'http://a"b', no_proxy: 'x' });
  });

  it.each([
    [
      '5.0 to 5.2, as bash quotes',
      'http_proxy=http://p.example:3128',
      { http_proxy: 'http://p.example:3128' },
    ],
    ['with a comma', 'no_proxy=localhost\\,127.0.0.0/24', { no_proxy: 'localhost,127.0.0.0/24' }],
    ['with a space', 'no_proxy=a\\,\\ b', { no_proxy: 'a, b' }],
    ['with an escaped sign', 'http_proxy=http://u:p%40@h:1', { http_proxy: 'http://u:p%40@h:1' }],
    ['in apostrophes', "'no_proxy=a,b c'", { no_proxy: 'a,b c' }],
    ['5.3 to 5.8', '"HTTPS_PROXY=http://u:p%40x@h:1/"', { HTTPS_PROXY: 'http://u:p%40x@h:1/' }],
    ['6', '"HTTPS_PROXY=http://u:p%%40x@h:1/"', { HTTPS_PROXY: 'http://u:p%40x@h:1/' }],
    [
      'several of one line',
      '"http_proxy=http://a" "no_proxy=b c"',
      { http_proxy: 'http://a', no_proxy: 'b c' },
    ],
    ['several without quotes', 'http_proxy=http://a no_proxy=b', { http_proxy: 'http://a', no_proxy: 'b' }],
    [
      'the host itself',
      '"http_proxy=http://127.0.0.1:8"',
      { http_proxy: 'http://host.containers.internal:8' },
    ],
    ['what is no proxy', 'PATH=/tmp LD_PRELOAD=x', {}],
    ['nothing', '', {}],
  ])('is understood in the form of %s', (_version, words, expected) => {
    expect(readDefaultEnvironment(`[Manager]\nDefaultEnvironment=${words}\n`)).toEqual(expected);
  });
});

describe('variables for programs', () => {
  it('are spelled both ways, since some programs know one only', () => {
    expect(inBothCases({ HTTPS_PROXY: 'http://p', SSL_CERT_FILE: '/x' })).toEqual({
      HTTPS_PROXY: 'http://p',
      https_proxy: 'http://p',
      SSL_CERT_FILE: '/x',
    });
    expect(inBothCases({ http_proxy: 'http://a', HTTP_PROXY: 'http://b' })).toEqual({
      http_proxy: 'http://a',
      HTTP_PROXY: 'http://b',
    });
  });

  it('name user and password of the proxy as freebsd-update reads them', () => {
    expect(forFreebsdUpdate({ http_proxy: 'http://me:p%40ss@h:1' })).toEqual({
      http_proxy: 'http://h:1',
      HTTP_PROXY: 'http://h:1',
      HTTP_PROXY_AUTH: 'basic:*:me:p@ss',
    });
    expect(forFreebsdUpdate({ http_proxy: 'http://h:1' })).not.toHaveProperty('HTTP_PROXY_AUTH');
  });
});
