import {
  access as accessCallback,
  constants,
  createReadStream,
  lstat as lstatCallback,
  readFile,
  readlink,
} from 'node:fs';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import {
  type Bundle,
  type Flaw,
  type Found,
  judgeFile,
  judgeLink,
  type Manifest,
  readManifest,
} from './core/bundle-manifest';

/** Result of a check of the frozen server's files. */
export interface Inspection {
  /** Number of files and links checked. */
  files: number;
  /** Number of them that are damaged, and the first of these. */
  flawed: number;
  flaws: Flaw[];
}

const MANIFEST = 'manifest.json';
/** Maximum number of flaws in a result, which is written to the log. */
const FLAWS_NAMED = 20;
/** Files checked in parallel: enough to keep the disk busy. */
const IN_PARALLEL = 32;
const READ_BYTES = 1_048_576;

// Half the cost of `node:fs/promises`, for thousands of files while the windows are created.
const lstat = promisify(lstatCallback);
const access = promisify(accessCallback);

/** Compares the files with the manifest. If `signal` aborts it, returns what it has found so far. Never throws. */
export async function inspectBundle(
  { folder, server }: Bundle,
  { hashes, signal }: { hashes: boolean; signal?: AbortSignal },
): Promise<Inspection> {
  const { manifest, flaw } = await manifestOf(folder);
  const flaws: Flaw[] = [];
  const checks = [
    // Without a manifest, at least the server's program is checked.
    ...(manifest ? Object.entries(manifest.files) : [[server, undefined] as const]).map(
      ([name, expected]) =>
        async () => {
          const found = await find(join(folder, name), {
            executable: name === server,
            hashOf: hashes && expected?.size,
          });
          return judgeFile(name, expected, found);
        },
    ),
    ...Object.entries(manifest?.links ?? {}).map(([name, target]) => async () => {
      return judgeLink(name, target, await find(join(folder, name), {}));
    }),
  ];
  const files = checks.length;
  const work = async () => {
    for (let next = checks.shift(); next && !signal?.aborted; next = checks.shift()) {
      const found = await next();
      if (found) flaws.push(found);
    }
  };
  await Promise.all(Array.from({ length: IN_PARALLEL }, work));
  if (flaw) flaws.push(flaw);
  // The server's program first: a user can recognize its name.
  flaws.sort((a, b) => Number(b.file === server) - Number(a.file === server) || (a.file < b.file ? -1 : 1));
  return { files, flawed: flaws.length, flaws: flaws.slice(0, FLAWS_NAMED) };
}

async function manifestOf(folder: string): Promise<{ manifest?: Manifest; flaw?: Flaw }> {
  try {
    return { manifest: readManifest(await promisify(readFile)(join(folder, MANIFEST), 'utf8')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { flaw: { file: MANIFEST, is: 'missing' } };
    return { flaw: { file: MANIFEST, is: error instanceof SyntaxError ? 'changed' : 'unreadable' } };
  }
}

/** Reads the file's kind and size, and its hash if the size is `hashOf`: a file of another size is damaged anyway. */
async function find(
  path: string,
  wanted: { executable?: boolean; hashOf?: number | false | undefined },
): Promise<Found> {
  try {
    const stats = await lstat(path);
    // Slashes, as in the manifest.
    if (stats.isSymbolicLink()) return { kind: 'link', target: (await promisify(readlink)(path)).split(sep).join('/') };
    if (!stats.isFile()) return { kind: 'unreadable' };
    return {
      kind: 'file',
      size: stats.size,
      ...(wanted.executable ? { executable: await mayExecute(path) } : {}),
      ...(wanted.hashOf === stats.size ? { sha256: await hashOf(path) } : {}),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'none' : 'unreadable' };
  }
}

async function mayExecute(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // `lstat` has found the file, so only the permission is missing.
    return false;
  }
}

async function hashOf(path: string): Promise<string> {
  // Not at the top: it takes longer to load than the rest of this file, and would delay the server.
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) hash.update(chunk);
  return hash.digest('hex');
}
