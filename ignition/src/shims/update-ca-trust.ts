import { trustCertificates } from '../apply/certificates.ts';
import { Context } from '../apply/context.ts';
import type { System } from '../system/system.ts';

const anchors = '/etc/pki/ca-trust/source/anchors';

/** podman 6 copies the host's certificates there (`--import-native-ca`), then calls this. */
export function updateCaTrust(system: System): number {
  const paths = system.list(anchors).map((name) => `${anchors}/${name}`);
  trustCertificates(new Context(system), paths);
  return 0;
}
