/**
 * The one way to write an absolute path that means one place: no NUL, no line break, no `.` and `..`, and no extra
 * slash, since `/home/` must not be another folder than `/home` to any rule. Undefined for every other text.
 */
export function plainPath(text: string): string | undefined {
  if (!text.startsWith('/') || /[\0\n\r]/.test(text)) return undefined;
  const parts = text.split('/').filter(Boolean);
  return parts.includes('..') || parts.includes('.') ? undefined : `/${parts.join('/')}`;
}

/** Whether a path is written in that one way already: Ignition takes no other. */
export function isPlainPath(text: string): boolean {
  return plainPath(text) === text;
}
