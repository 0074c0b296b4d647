/** Octets that DNS allows in a label and in a whole name (RFC 1035, section 2.3.4). */
const longestLabel = 63;
const longestName = 253;

/**
 * Names come from whoever may create containers and get into the resolver's files: letters, digits, hyphens,
 * underscores and dots between labels, and nothing that has a meaning there. A label does not begin or end with a
 * hyphen; underscores are podman's and compose's own use.
 */
export function isDnsName(text: string): boolean {
  return text.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i.test(label));
}

/** A valid name that is too long for DNS: nobody could look it up. */
export function isTooLong(name: string): boolean {
  return name.length > longestName || name.split('.').some((label) => label.length > longestLabel);
}

/** podman's own rule for the names of networks, which become folders; bounded, so that they can. */
export function isNetworkName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,199}$/.test(text);
}

/** Interface names of FreeBSD (IFNAMSIZ 16), of which rules for pf are made. */
export function isInterfaceName(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/.test(text);
}

/** An address in digits: what the resolver binds to and what it answers with. */
export function isAddress(text: string): boolean {
  if (isIpv4(text)) return true;
  return text.includes(':') && text.length <= 45 && /^[0-9a-f:]+(\d+\.\d+\.\d+\.\d+)?$/i.test(text);
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}
