/** Reads a value of JSON as what it should be, or throws an Error that names the place. */
export type Shape<Value> = (value: unknown, place: string) => Value;

export const text: Shape<string> = (value, place) => {
  if (typeof value !== 'string') throw wrong(place, 'a text');
  return value;
};

export const flag: Shape<boolean> = (value, place) => {
  if (typeof value !== 'boolean') throw wrong(place, 'true or false');
  return value;
};

export const count: Shape<number> = (value, place) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw wrong(place, 'a whole number');
  return value;
};

export function oneOf<Word extends string>(...words: readonly Word[]): Shape<Word> {
  return (value, place) => {
    const word = words.find((known) => known === value);
    if (word === undefined) throw wrong(place, `one of ${words.join(', ')}`);
    return word;
  };
}

export function listOf<Value>(shape: Shape<Value>): Shape<readonly Value[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw wrong(place, 'a list');
    return value.map((item, index) => shape(item, `${place}/${index}`));
  };
}

/** Any names, `constructor` among them. */
export function mapOf<Value>(shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value, place) => {
    if (!isObject(value)) throw wrong(place, 'an object');
    const entries = Object.entries(value).map(([name, item]): [string, Value] => [
      name,
      shape(item, `${place}/${name}`),
    ]);
    return Object.fromEntries(entries);
  };
}

export function optional<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return (value, place) => (value === undefined ? undefined : shape(value, place));
}

/** For values that earlier versions of the agent did not write. */
export function withDefault<Value>(shape: Shape<Value>, fallback: Value): Shape<Value> {
  return (value, place) => (value === undefined ? fallback : shape(value, place));
}

/** What stands beside the named keys is left out: a newer agent may have written it. */
export function object<Value extends object>(shapes: {
  readonly [Key in keyof Value]-?: Shape<Value[Key] | undefined>;
}): Shape<Value> {
  return (value, place) => {
    if (!isObject(value)) throw wrong(place, 'an object');
    const entries = Object.entries<Shape<unknown>>(shapes)
      .map(([key, shape]) => [key, shape(own(value, key), `${place}/${key}`)] as const)
      .filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries) as Value;
  };
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Json, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function wrong(place: string, wanted: string): Error {
  return new Error(`${place === '' ? 'it' : place} is not ${wanted}`);
}
