export const zoneinfo = '/usr/share/zoneinfo';

/**
 * The name of the time zone that a link from /etc/localtime means: podman up to 5.5 writes `/usr/share/zoneinfo/ZONE`,
 * from 5.6 `../usr/share/zoneinfo/ZONE`. Undefined when the target lies elsewhere.
 */
export function zoneOfTarget(target: string): string | undefined {
  const match = /^(?:\.\.)?\/usr\/share\/zoneinfo\/(.+)$/.exec(target);
  const zone = match?.[1];
  return zone !== undefined && /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(zone) ? zone : undefined;
}
