/** A part of a chunk that holds something other than zeros. Start and end are multiples of the cluster size. */
export interface DataRun {
  readonly start: number;
  readonly end: number;
}

/** Finds the clusters that hold data, adjacent ones joined. Looks at every byte. */
export function dataRuns(chunk: Buffer, cluster: number): DataRun[] {
  const zeros = Buffer.alloc(cluster);
  const runs: DataRun[] = [];
  let start = -1;
  for (let at = 0; at < chunk.length; at += cluster) {
    const end = Math.min(at + cluster, chunk.length);
    const empty = chunk.compare(zeros, 0, end - at, at, end) === 0;
    if (!empty && start < 0) start = at;
    if (empty && start >= 0) {
      runs.push({ start, end: at });
      start = -1;
    }
  }
  if (start >= 0) runs.push({ start, end: chunk.length });
  return runs;
}
