/** probe-amd64.S, assembled; the test assembles it again and compares. */
export const probeAmd64 = Buffer.from(
  [
    'ArCtGwAAAQD+T1HkAAAQAAAAEAAAAAAAAAAAACAAEADHBQAAEQADEBEAxwUAEBEAAyARAMcFACARAIMAAAC4AAARAA8i2A8g',
    '4IPIIA8i4LmAAADADzINAAEAAA8wDyDADQAAAIAPIsAPARWwABAA6nYAEAAIADHAD6KD+AdyGbgHAAAAMckPog+64whzCroD',
    'AAAAxOJp98KwEOb09AAAAAAAAAAAAAAA//8AAACbrwAPAKAAEAA=',
  ].join(''),
  'base64',
);

/** QEMU's exit code when the probe has run to its end. */
export const PROBE_PASSED = 33;
