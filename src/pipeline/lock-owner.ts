import * as z from 'zod';

/** Who holds a lock. */
export const ownerSchema = z.object({
  id: z.string(),
  pid: z.int(),
  /** When that process began, as ps(1) says it: a number used again by another process is then not mistaken for it. */
  processStart: z.string(),
  hostname: z.string(),
  since: z.string(),
});
export type LockOwner = z.infer<typeof ownerSchema>;
