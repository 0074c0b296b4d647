/**
 * Why execa could not start a program. When no more files may be open, Node.js makes a child without streams, which execa
 * does not expect, and tells the reason a moment later in an event that nobody hears: it would end podbsd.
 *
 * @param thrown by execa, in this very turn of the event loop.
 * @returns the system's own error, or what was thrown when there is none.
 */
export async function whyNoChild(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof TypeError) || process.hasUncaughtExceptionCaptureCallback()) return thrown;
  let cause: unknown = thrown;
  process.setUncaughtExceptionCaptureCallback((error) => (cause = error));
  await new Promise((resolve) => setImmediate(resolve));
  process.setUncaughtExceptionCaptureCallback(null);
  return cause;
}
