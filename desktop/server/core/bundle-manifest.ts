/** The frozen server's files: what its manifest promises, and how a file can break the promise. */

export interface Bundle {
  folder: string;
  /** The file in it that is run. */
  server: string;
}

export interface Manifest {
  /** By their path inside the bundle, with slashes. */
  files: Readonly<Record<string, { size: number; sha256: string }>>;
  /** Symbolic links, and what they lead to. */
  links: Readonly<Record<string, string>>;
}

export interface Flaw {
  /** Path inside the bundle. */
  file: string;
  is: 'missing' | 'unreadable' | 'not-executable' | 'of-another-size' | 'changed';
}

/** A file as it was found. `executable` is checked for the server's program only. */
export type Found =
  | { kind: 'file'; size: number; executable?: boolean; sha256?: string }
  | { kind: 'link'; target: string }
  | { kind: 'none' }
  | { kind: 'unreadable' };

/** Throws an Error that says what is wrong with it. */
export function readManifest(text: string): Manifest {
  const { files, links } = (JSON.parse(text) ?? {}) as { files?: unknown; links?: unknown };
  if (!isRecord(files) || !isRecord(links)) throw new Error('It lists no files and links.');
  for (const [name, entry] of Object.entries(files)) {
    const { size, sha256 } = isRecord(entry) ? entry : {};
    if (typeof size !== 'number' || typeof sha256 !== 'string') throw new Error(`${name} has no size and hash.`);
  }
  for (const [name, target] of Object.entries(links))
    if (typeof target !== 'string') throw new Error(`${name} leads nowhere.`);
  return { files, links } as Manifest;
}

/** Returns the flaw of a file, if any. Compares the hash if one was taken, and the size if the manifest has one. */
export function judgeFile(
  file: string,
  promised: { size: number; sha256: string } | undefined,
  found: Found,
): Flaw | undefined {
  if (found.kind === 'none') return { file, is: 'missing' };
  if (found.kind === 'unreadable') return { file, is: 'unreadable' };
  if (found.kind === 'link') return { file, is: 'changed' };
  if (promised && found.size !== promised.size) return { file, is: 'of-another-size' };
  if (promised && found.sha256 !== undefined && found.sha256 !== promised.sha256) return { file, is: 'changed' };
  if (found.executable === false) return { file, is: 'not-executable' };
  return undefined;
}

/** The same for a link. */
export function judgeLink(file: string, promised: string, found: Found): Flaw | undefined {
  if (found.kind === 'none') return { file, is: 'missing' };
  if (found.kind === 'unreadable') return { file, is: 'unreadable' };
  return found.kind === 'link' && found.target === promised ? undefined : { file, is: 'changed' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
