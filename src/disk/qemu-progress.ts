/** How far `qemu-img convert -p` says it is, in per cent; undefined for a line that says something else. */
export function percentIn(line: string): number | undefined {
  // `    (12.34/100%)`, each over the one before.
  const percent = /\((\d+(?:\.\d+)?)\/100%\)\s*$/.exec(line)?.[1];
  return percent === undefined ? undefined : Math.round(Number(percent));
}
