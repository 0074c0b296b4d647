import type { ObjectReader } from './reader.ts';
import type { Dropin, Unit } from './types.ts';

const unitName = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|snapshot|slice|scope)$/;

export function parseUnits(reader: ObjectReader): Unit[] {
  const units = reader.objects('units', parseUnit);
  units.forEach(({ name }, index) => {
    if (units.findIndex((other) => other.name === name) < index)
      reader.fail(`units/${index}/name`, `${name} is named twice`);
  });
  reader.done();
  return units;
}

function parseUnit(reader: ObjectReader): Unit | undefined {
  const name = reader.string('name');
  const enabled = reader.boolean('enabled');
  const mask = reader.boolean('mask');
  const contents = parseText(reader);
  const dropins = reader.objects('dropins', parseDropin);
  if (name === undefined || name === '') {
    reader.fail('name', 'a unit needs a name');
    return undefined;
  }
  if (!unitName.test(name)) reader.fail('name', `${JSON.stringify(name)} does not end like a systemd unit`);
  return {
    name,
    dropins,
    ...(enabled === undefined ? {} : { enabled }),
    ...(mask === undefined ? {} : { mask }),
    ...(contents === undefined ? {} : { contents }),
  };
}

function parseDropin(reader: ObjectReader): Dropin | undefined {
  const name = reader.string('name');
  const contents = parseText(reader);
  if (name?.endsWith('.conf') !== true) {
    reader.fail('name', 'a drop-in needs a name that ends in .conf');
    return undefined;
  }
  return { name, ...(contents === undefined ? {} : { contents }) };
}

function parseText(reader: ObjectReader): string | undefined {
  const contents = reader.string('contents');
  const problem = contents === undefined ? undefined : whyNoUnitFile(contents);
  if (problem !== undefined) reader.fail('contents', problem);
  return contents;
}

/** What go-systemd, by which Ignition reads units, does not take: sections without an end, lines without `=`. */
function whyNoUnitFile(text: string): string | undefined {
  let section: string | undefined;
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    if (trimmed.startsWith('[')) {
      section = /^\[[^\]]*\]$/.exec(trimmed)?.[0];
      if (section === undefined) return `${JSON.stringify(trimmed.slice(0, 40))} is not a section of a unit`;
    } else if (section !== undefined && !trimmed.includes('=')) {
      return `the line ${JSON.stringify(trimmed.slice(0, 40))} has no "="`;
    }
  }
  return undefined;
}
