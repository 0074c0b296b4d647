/** What podman's providers take: qcow2 for QEMU, raw for applehv and libkrun, vhdx for Hyper-V. */
export const exportFormats = ['qcow2', 'raw', 'qcow2.zst', 'raw.zst', 'vhdx'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export function isExportFormat(text: string): text is ExportFormat {
  return (exportFormats as readonly string[]).includes(text);
}

/** Each format once, in the order of `exportFormats`; with `compress` the packed form of each qcow2 and raw too. */
export function plannedFormats(wanted: readonly ExportFormat[], compress: boolean): ExportFormat[] {
  return exportFormats.filter((format) => {
    const [plain, packed] = format.split('.');
    return (
      wanted.includes(format) || (compress && packed !== undefined && wanted.some((one) => one === plain))
    );
  });
}
