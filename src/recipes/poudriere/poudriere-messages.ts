import type { StageRun } from '../../pipeline/stage.ts';

/** Poudriere's commands other than bulk tell how far they are only in lines like `[00:01:12] Installing packages`. */
export function poudriereMessages(run: StageRun): (line: string) => void {
  return (line) => {
    const message = /^\[\d+:\d\d:\d\d\] (?:====>> )?(.+)$/.exec(line)?.[1];
    if (message !== undefined && !message.startsWith('Error:')) run.progress({ text: message });
  };
}
