/** Minutes that a bake took where FreeBSD was emulated, measured with FreeBSD 14.2 for amd64: docs/baking.md. */
export const emulatedBakeMinutes = { quiet: 3, busy: 9 } as const;
