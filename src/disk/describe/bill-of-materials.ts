import { contentUuid } from '../content-uuid.ts';
import type { ImageFacts, PackageFacts } from '../image-facts.ts';
import { sourceDate } from './source-date.ts';

/** Suffix of the file, as CycloneDX recommends it. */
export const BOM_SUFFIX = '.cdx.json';

/**
 * A CycloneDX 1.6 bill of materials: the base system and every package, each with a package URL
 * (`pkg:freebsd/NAME@VERSION?origin=CATEGORY%2FPORT`, the form that syft writes). The serial number is derived from
 * the content, so that the same inputs give the same bytes.
 */
export function billOfMaterials(name: string, diskSha256: string, facts: ImageFacts): string {
  const packages = [...(facts.packages ?? [])].sort((a, b) => compare(a.name, b.name));
  const created = sourceDate();
  const components = [...baseSystem(facts), ...packages.map(packageComponent)];
  const content = {
    metadata: {
      ...(created === undefined ? {} : { timestamp: created }),
      tools: { components: [{ type: 'application', name: 'podbsd', version: facts.podbsdVersion }] },
      component: {
        type: 'operating-system',
        'bom-ref': name,
        name,
        ...(facts.freebsd === undefined ? {} : { version: facts.freebsd.version }),
        hashes: [{ alg: 'SHA-256', content: diskSha256 }],
        properties: [{ name: 'podbsd:architecture', value: facts.architecture }],
      },
    },
    components,
    dependencies: [{ ref: name, dependsOn: components.map((component) => component['bom-ref']) }],
  };
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${contentUuid(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

function baseSystem(facts: ImageFacts): Component[] {
  if (facts.freebsd === undefined) return [];
  const { version, commit } = facts.freebsd;
  const patches = (facts.patches ?? []).map((patch) => ({ name: 'podbsd:patch', value: patch.name }));
  const source = commit === undefined ? [] : [{ name: 'podbsd:commit', value: commit }];
  const properties = [...source, ...patches];
  return [
    {
      type: 'operating-system',
      'bom-ref': 'base:freebsd',
      name: 'FreeBSD',
      version,
      cpe: `cpe:2.3:o:freebsd:freebsd:${version.replace(/-.*$/, '')}:*:*:*:*:*:*:*`,
      ...(properties.length === 0 ? {} : { properties }),
    },
  ];
}

interface Component {
  type: string;
  'bom-ref': string;
  name: string;
  version: string;
  purl?: string;
  cpe?: string;
  properties?: { name: string; value: string }[];
}

function packageComponent(facts: PackageFacts): Component {
  const { name, version, origin } = facts;
  const query = origin === undefined ? '' : `?origin=${encodeURIComponent(origin)}`;
  const purl = `pkg:freebsd/${encodeURIComponent(name)}@${encodeURIComponent(version)}${query}`;
  return { type: 'library', 'bom-ref': purl, name, version, purl };
}

/** By code unit: the order must not depend on anybody's locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
