/** What the service has to know of a container, from the JSON of `podman inspect`. */
export interface Inspected {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** When it was started last, as podman writes it. Another text is another start. */
  readonly startedAt: string;
  /** undefined: it has none, or one that is run by hand only. */
  readonly check: HealthCheck | undefined;
  /** `starting`, `healthy`, `unhealthy`; empty when there is no check. */
  readonly health: string;
}

export interface HealthCheck extends Rhythm {
  /** Runs in place of the check until it has passed this many times. */
  readonly startup: (Rhythm & { readonly successes: number }) | undefined;
}

/** Milliseconds. */
export interface Rhythm {
  /** From the end of one check to the start of the next. */
  readonly interval: number;
  /** How long podman gives the command. */
  readonly timeout: number;
}

type Fields = Readonly<Record<string, unknown>>;

const nanosecondsPerMillisecond = 1e6;
/** podman's own defaults, where nothing is said: 30 s. */
const usual = 30_000;

/** @throws Error when the text is not what `podman inspect` of one container prints. */
export function parseInspect(text: string): Inspected {
  const parsed: unknown = JSON.parse(text);
  const container = fields(Array.isArray(parsed) ? parsed[0] : parsed);
  const config = fields(container['Config']);
  const state = fields(container['State']);
  // Up to podman 4 its JSON has Healthcheck here, as well as Health, which docker's has.
  const health = fields(state['Health'] ?? state['Healthcheck']);
  const id = container['Id'];
  if (typeof id !== 'string' || !isContainerId(id)) throw new Error('podman inspect names no container');
  return {
    id,
    name: text0(container['Name']).replace(/^\//, ''),
    running: state['Running'] === true,
    startedAt: text0(state['StartedAt']),
    check: healthCheck(config),
    health: text0(health['Status']),
  };
}

/** podman's full identifiers: what comes from its output goes into its arguments. */
export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function healthCheck(config: Fields): HealthCheck | undefined {
  const given = config['Healthcheck'];
  if (!hasCommand(given)) return undefined;
  const byCommand = Array.isArray(config['CreateCommand']);
  const regular = rhythm(fields(given), byCommand);
  if (regular === undefined) return undefined;
  const atStartup = config['StartupHealthCheck'];
  if (!hasCommand(atStartup)) return { ...regular, startup: undefined };
  const startup = rhythm(fields(atStartup), byCommand);
  if (startup === undefined) return { ...regular, startup: undefined };
  const successes = fields(atStartup)['Successes'];
  return {
    ...regular,
    startup: { ...startup, successes: typeof successes === 'number' && successes > 1 ? successes : 1 },
  };
}

/** `["NONE"]` takes away the check of the image. */
function hasCommand(check: unknown): boolean {
  const test = fields(check)['Test'];
  return Array.isArray(test) && test.length > 0 && test[0] !== 'NONE' && test[0] !== '';
}

/**
 * The interval 0 means: by hand only (`--health-interval=disable`). podman's JSON leaves a 0 out; its command line
 * always sets an interval, so that one which is missing there was switched off. The API's callers may leave it out.
 */
function rhythm(check: Fields, byCommand: boolean): Rhythm | undefined {
  const interval = milliseconds(check['Interval']) ?? (byCommand ? 0 : usual);
  return interval > 0 ? { interval, timeout: milliseconds(check['Timeout']) || usual } : undefined;
}

function milliseconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value / nanosecondsPerMillisecond : undefined;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text0(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
