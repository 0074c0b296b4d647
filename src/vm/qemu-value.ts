/** A value inside one of QEMU's comma-separated options: commas in it are doubled, nothing else is special. */
export function qemuValue(value: string): string {
  return value.replaceAll(',', ',,');
}
