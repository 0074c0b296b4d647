import { trustCertificates } from '../apply/certificates.ts';
import { Context } from '../apply/context.ts';
import type { System } from '../system/system.ts';
import { isRunning, service } from './podman-service.ts';

const anchors = '/etc/pki/ca-trust/source/anchors';

/**
 * podman 6 copies the host's certificates there (`--import-native-ca`), then calls this. A service that has fetched
 * something already would go on with the certificates that it knows.
 */
export function updateCaTrust(system: System): number {
  const paths = system.list(anchors).map((name) => `${anchors}/${name}`);
  const changed = trustCertificates(new Context(system), paths);
  return changed && isRunning(system) ? service(system, 'restart') : 0;
}
