/** `${name}`, `$name`, one of the shell's special parameters, or an opening brace without its end. */
const VARIABLE = /\$(?:\{([^}]*)\}|([*#$@!?0-9-])|([A-Za-z0-9_]+)|\{)/g;

/**
 * Puts the values of variables into a text, as podman does with `--volume` (os.ExpandEnv of Go): an unset variable
 * becomes empty, and a dollar sign before anything else stays.
 */
export function expandVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(
    VARIABLE,
    (_, braced?: string, special?: string, plain?: string) => env[braced ?? special ?? plain ?? ''] ?? '',
  );
}
