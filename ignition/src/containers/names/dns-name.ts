/** Octets that DNS allows in a label and in a whole name (RFC 1035, section 2.3.4). */
const longestLabel = 63;
const longestName = 253;

/**
 * Names come from whoever may create containers and get into the resolver's files: letters, digits, hyphens,
 * underscores and dots, and nothing that has a meaning there. podman and compose also allow what DNS does not have, a
 * hyphen at the end or two dots in a row.
 */
export function isHarmless(text: string): boolean {
  return /^[a-z0-9_.-]+$/i.test(text);
}

/** Whether a whole name can be looked up: a resolver takes no empty label, nor one that is too long. */
export function fitsDns(name: string): boolean {
  return (
    name.length <= longestName &&
    name.split('.').every((label) => label !== '' && label.length <= longestLabel)
  );
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
