/** Program and first arguments that start podbsd the same way as this one was started. */
export function podbsdCommand(): [program: string, ...args: string[]] {
  const [, script = ''] = process.argv;
  return [process.execPath, ...process.execArgv, script];
}
