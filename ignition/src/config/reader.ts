import type { Problem } from './types.ts';

/** Errors and warnings found so far. */
export interface Findings {
  readonly errors: Problem[];
  readonly warnings: Problem[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads one JSON object key by key: a value of the wrong type is an error at its JSON pointer, a key that nobody asked
 * for is a warning. `null` counts as absent, as it does for the Go programs that write these configs.
 */
export class ObjectReader {
  readonly pointer: string;
  readonly findings: Findings;
  private readonly value: Json;
  private readonly known = new Set<string>();

  constructor(value: unknown, pointer: string, findings: Findings) {
    this.pointer = pointer;
    this.findings = findings;
    if (isObject(value)) {
      this.value = value;
    } else {
      this.value = {};
      if (value !== undefined && value !== null) this.fail('', `must be an object, not ${nameOfType(value)}`);
    }
  }

  string(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'string') return value;
    this.fail(key, `must be a string, not ${nameOfType(value)}`);
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'boolean') return value;
    this.fail(key, `must be true or false, not ${nameOfType(value)}`);
    return undefined;
  }

  /** A whole number from 0 to `most`. */
  integer(key: string, most: number): number | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
    this.fail(key, `must be a whole number from 0 to ${most}, not ${shown(value)}`);
    return undefined;
  }

  object(key: string): ObjectReader {
    return new ObjectReader(this.take(key), this.place(key), this.findings);
  }

  has(key: string): boolean {
    const value = this.take(key);
    return value !== undefined;
  }

  strings(key: string): string[] {
    return this.list(key).flatMap((value, index) => {
      if (typeof value === 'string') return [value];
      this.fail(`${key}/${index}`, `must be a string, not ${nameOfType(value)}`);
      return [];
    });
  }

  /** Reads each object of a list. `read` answers undefined for what cannot be used; it has reported why. */
  objects<Value>(key: string, read: (reader: ObjectReader) => Value | undefined): Value[] {
    return this.list(key).flatMap((value, index) => {
      const pointer = `${this.place(key)}/${index}`;
      if (!isObject(value)) {
        this.fail(`${key}/${index}`, `must be an object, not ${nameOfType(value)}`);
        return [];
      }
      const reader = new ObjectReader(value, pointer, this.findings);
      const result = read(reader);
      reader.done();
      return result === undefined ? [] : [result];
    });
  }

  list(key: string): readonly unknown[] {
    const value = this.take(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.fail(key, `must be a list, not ${nameOfType(value)}`);
    return [];
  }

  /** Accepts a key without looking at it. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.known.add(key);
  }

  fail(key: string, message: string): void {
    this.findings.errors.push({ pointer: this.place(key), message });
  }

  warn(key: string, message: string): void {
    this.findings.warnings.push({ pointer: this.place(key), message });
  }

  /** Warns of every key that was not asked for. */
  done(): void {
    for (const key of Object.keys(this.value)) {
      if (!this.known.has(key)) this.warn(escaped(key), 'this key is not known and is ignored');
    }
  }

  private take(key: string): unknown {
    this.known.add(key);
    const value = Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return value === null ? undefined : value;
  }

  private place(key: string): string {
    return key === '' ? this.pointer : `${this.pointer}/${key}`;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : nameOfType(value);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
