import { holdsCertificates, trustCertificates } from '../apply/certificates.ts';
import { Context } from '../apply/context.ts';
import type { Program } from '../command-line/command.ts';
import { readCommandLine, UsageError } from '../command-line/read.ts';
import { isRunning, renew } from './podman-service.ts';

const anchors = '/etc/pki/ca-trust/source/anchors';

/**
 * podman 6 copies the host's certificates there (`--import-native-ca`), then calls this. A service that has already
 * fetched something would keep using the old certificates.
 */
export const updateCaTrust: Program = {
  name: 'update-ca-trust',
  usage: 'Usage: update-ca-trust [extract]',
  usageCode: 1,
  run: (system, args) => {
    const [verb] = readCommandLine({ options: [], most: 1 }, args).operands;
    if (verb !== undefined && verb !== 'extract')
      throw new UsageError(
        `${JSON.stringify(verb)} is not possible here; FreeBSD's own command is certctl(8)`,
      );
    const context = new Context(system);
    const paths = system.list(anchors).map((name) => `${anchors}/${name}`);
    const others = paths.filter(
      (path) => system.lstat(path)?.type === 'file' && !holdsCertificates(context, path),
    );
    for (const path of others)
      system.err(
        `update-ca-trust: ${path} is not trusted: it holds no certificate in PEM form (if it is one in DER form: openssl x509 -inform DER -in FILE -out FILE.pem)\n`,
      );
    const changed = trustCertificates(context, paths);
    if (changed && isRunning(system)) renew(system);
    return 0;
  },
};
