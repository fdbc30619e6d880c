/** The content of the About window. */

import { words } from '../../words/en';
import { SITES } from './sites';

export interface Versions {
  /** As the user reads it: a rehearsal says so. */
  app: string;
  /** Undefined until the server has reported it. */
  server: string | undefined;
  /** Undefined in a clone, whose server runs on the Python of the machine. */
  python: string | undefined;
  electron: string;
  chromium: string;
  node: string;
  /** Name, version and architecture of the system. */
  system: string;
}

/** The About window opens each of these: a website, or a file of licences. */
export const ABOUT_TARGETS = [
  'website',
  'source',
  'licence',
  'shellLicences',
  'serverLicences',
  'electronLicence',
  'chromiumLicences',
] as const;
export type AboutTarget = (typeof ABOUT_TARGETS)[number];

export const WEBSITES = { website: SITES.website, source: 'https://github.com/jhd3197/CachiBot' } as const;

export interface About {
  /** Name and value of each version that is known. */
  versions: readonly (readonly [name: string, value: string])[];
  /** The websites and files that exist: not every build has every file. */
  targets: readonly AboutTarget[];
}

/** Returns the names and values of the versions that are known. */
export function namedVersions(versions: Versions): About['versions'] {
  const { names } = words.about;
  const rows: [string, string | undefined][] = [
    [names.app, versions.app],
    [names.server, versions.server],
    [names.python, versions.python],
    [names.electron, versions.electron],
    [names.chromium, versions.chromium],
    [names.node, versions.node],
    [names.system, versions.system],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** Returns the versions as text, for the clipboard. */
export function aboutAsText(versions: About['versions']): string {
  return versions.map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** Whether a value from a page is something that the About window opens. */
export function isAboutTarget(value: unknown): value is AboutTarget {
  return ABOUT_TARGETS.some(target => target === value);
}

/** Returns Python's version from the licences of the frozen server, which begin with Python's own. */
export function pythonVersionIn(licences: string): string | undefined {
  return /^Python (\d+\.\d+\.\d+)$/m.exec(licences)?.[1];
}
