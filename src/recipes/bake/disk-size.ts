const units: Readonly<Record<string, number>> = { m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes of a size as the configuration writes it: `8g`. */
export function bytesOf(size: string): number {
  return Number(size.slice(0, -1)) * (units[size.slice(-1).toLowerCase()] ?? 1);
}
