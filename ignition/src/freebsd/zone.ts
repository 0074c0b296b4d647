export const zoneinfo = '/usr/share/zoneinfo';

/**
 * The name of the time zone that a link from /etc/localtime means: podman up to 5.5 writes `/usr/share/zoneinfo/ZONE`,
 * from 5.6 `../usr/share/zoneinfo/ZONE`. Undefined when the target lies elsewhere.
 *
 * What podman takes for the name of a zone may be more than that: a TZ of the client with its colon or a whole path, or
 * where a host keeps its zones that is not /usr/share/zoneinfo (NixOS, macOS), or one of the two sets that some Linux
 * systems have beside the usual one.
 */
export function zoneOfTarget(target: string): string | undefined {
  const match = /^(?:\.\.)?\/usr\/share\/zoneinfo\/(.+)$/.exec(target);
  const zone = match?.[1]
    ?.replace(/^:/, '')
    .replace(/^.*\/zoneinfo[^/]*\//, '')
    .replace(/^(?:posix|right)\//, '');
  return zone !== undefined && /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(zone) ? zone : undefined;
}
