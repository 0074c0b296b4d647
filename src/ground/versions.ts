/** Compares dotted numbers: negative when `a` is older, positive when it is newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left = [], right = []] = [a, b].map((version) =>
    version.split(/[._,]/).map((part) => Number.parseInt(part, 10)),
  );
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
