/**
 * Waits until all work has ended, successful or not, and then throws the first failure: nothing may still use a file
 * when the caller cleans up. (Promise.all returns while others are still at work.)
 */
export async function settleAll<T extends readonly unknown[]>(work: {
  [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
