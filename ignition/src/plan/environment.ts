import { decodeBase64 } from '../config/data-url.ts';
import type { File, Placed } from '../config/types.ts';
import { isServiceVariable, reachableProxy } from '../freebsd/service-environment.ts';
import { certificates, isWithin, pathOnFreebsd } from '../freebsd/paths.ts';
import { decodeUtf8 } from '../utf8.ts';
import { textOf, type Facts } from './facts.ts';
import type { Step } from './steps.ts';

/** Certificates and proxies: what the API service must know to fetch images. */
export function planEnvironment(files: readonly Placed<File>[], facts: Facts): Step[] {
  const { environmentItem } = facts;
  const fromConfig = Object.fromEntries(
    files.filter(holdsVariables).flatMap((file) => variablesOfFile(file, facts)),
  );
  const known = files.map((file) => pathOnFreebsd(file.path)).filter(holdsCertificate);
  const fromHost = environmentItem === undefined ? undefined : readEnvironmentItem(environmentItem);
  return [
    ...(known.length === 0 ? [] : [{ kind: 'certificates', paths: known, optional: true } as const]),
    { kind: 'service-environment', fromConfig, fromHost },
  ];
}

/** Where podman puts certificates, and where people put their own on Fedora and Debian. */
function holdsCertificate(path: string): boolean {
  if (/^\/(?:etc\/pki\/ca-trust\/source\/anchors|usr\/local\/share\/ca-certificates)\/[^/]+$/.test(path))
    return true;
  // Deeper folders belong to one registry each; what lies on top comes from SSL_CERT_FILE and SSL_CERT_DIR.
  return isWithin(path, certificates) && !path.slice(certificates.length + 1).includes('/');
}

/** 4.x writes profile.d/ssl_cert_file.sh, 5.x environment.d/podman-machine-ssl.conf and others with the same lines. */
function holdsVariables(file: File): boolean {
  return /^\/etc\/(profile|environment)\.d\/[^/]*ssl[^/]*$/.test(file.path);
}

function variablesOfFile(file: File, facts: Facts): [name: string, value: string][] {
  const text = textOf(file, facts) ?? '';
  return text.split('\n').flatMap((line): [string, string][] => {
    const [, name, value] = /^\s*(?:export\s+)?(SSL_CERT_FILE|SSL_CERT_DIR)="?([^"]*)"?\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined || !isServiceVariable(name, value)) return [];
    return [[name, pathOnFreebsd(value)]];
  });
}

/**
 * fw_cfg item opt/com.coreos/environment: base64 of `NAME="VALUE"` joined by pipe characters. podman 4.3.1 leaves a
 * trailing pipe, 4.9.5 quotes the value as Go's %q does.
 */
export function readEnvironmentItem(item: string): Record<string, string> {
  let text: string;
  try {
    text = decodeUtf8(decodeBase64(item));
  } catch {
    return {};
  }
  const variables: Record<string, string> = {};
  for (const [, name, quoted] of text.matchAll(/([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
    if (name === undefined || quoted === undefined) continue;
    const value = pathOnFreebsd(quoted.replaceAll(/\\(["\\])/g, '$1'));
    if (isServiceVariable(name, value)) variables[name] = reachableProxy(name, value);
  }
  return variables;
}
