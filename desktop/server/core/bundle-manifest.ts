/** The manifest of the frozen server's files, and how a file can differ from it. */

export interface Bundle {
  folder: string;
  /** File name of the server's program in the folder. */
  server: string;
}

export interface Manifest {
  /** Keys are paths inside the bundle, with slashes. Sizes are in bytes. */
  files: Readonly<Record<string, { size: number; sha256: string }>>;
  /** Symbolic links with their targets. */
  links: Readonly<Record<string, string>>;
}

export interface Flaw {
  /** Path inside the bundle. */
  file: string;
  is: 'missing' | 'unreadable' | 'not-executable' | 'of-another-size' | 'changed';
}

/** A file on disk. `executable` is checked for the server's program only. */
export type Found =
  | { kind: 'file'; size: number; executable?: boolean; sha256?: string }
  | { kind: 'link'; target: string }
  | { kind: 'none' }
  | { kind: 'unreadable' };

/** Parses a manifest. Throws an Error that names the first problem. */
export function readManifest(text: string): Manifest {
  const { files, links } = (JSON.parse(text) ?? {}) as { files?: unknown; links?: unknown };
  if (!isRecord(files) || !isRecord(links)) throw new Error('It lists no files and links.');
  for (const [name, entry] of Object.entries(files)) {
    const { size, sha256 } = isRecord(entry) ? entry : {};
    if (typeof size !== 'number' || typeof sha256 !== 'string') throw new Error(`${name} has no size and hash.`);
  }
  for (const [name, target] of Object.entries(links))
    if (typeof target !== 'string') throw new Error(`${name} has no target.`);
  return { files, links } as Manifest;
}

/** Returns how a file differs from the manifest, if it does. Compares hashes only if `found` has one. */
export function judgeFile(
  file: string,
  expected: { size: number; sha256: string } | undefined,
  found: Found,
): Flaw | undefined {
  if (found.kind === 'none') return { file, is: 'missing' };
  if (found.kind === 'unreadable') return { file, is: 'unreadable' };
  if (found.kind === 'link') return { file, is: 'changed' };
  if (expected && found.size !== expected.size) return { file, is: 'of-another-size' };
  if (expected && found.sha256 !== undefined && found.sha256 !== expected.sha256) return { file, is: 'changed' };
  if (found.executable === false) return { file, is: 'not-executable' };
  return undefined;
}

/** Returns how a link differs from the manifest, if it does. */
export function judgeLink(file: string, expectedTarget: string, found: Found): Flaw | undefined {
  if (found.kind === 'none') return { file, is: 'missing' };
  if (found.kind === 'unreadable') return { file, is: 'unreadable' };
  return found.kind === 'link' && found.target === expectedTarget ? undefined : { file, is: 'changed' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
