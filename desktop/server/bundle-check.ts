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
import { FORESEEN_CODES } from './core/exit-codes';
import type { BackendHost, ServerEnd } from './host';

export interface Inspection {
  /** Number of files and links checked. */
  files: number;
  /** Number of them that are damaged, and the first of these. */
  flawed: number;
  flaws: Flaw[];
}

const MANIFEST = 'manifest.json';
/** Nobody reads more, and each is written to the log. */
const FLAWS_NAMED = 20;
/** Files looked at side by side: enough to keep the disk busy. */
const SIDE_BY_SIDE = 32;
/** The hashes take about a second. On a disk that needs longer than this, the user learns what is known by then. */
const HASHES_MS = 15_000;
const READ_BYTES = 1_048_576;

// Half the cost of `node:fs/promises`, for thousands of files while the windows are made.
const lstat = promisify(lstatCallback);
const access = promisify(accessCallback);

/**
 * A host whose server's files are looked at while it starts, so that the look delays nothing: a missing file, or one
 * of another size, ends the start. After an early death the hashes tell whether a damaged file was the reason.
 */
export function withBundleChecked(host: BackendHost, bundle: Bundle, log: (line: string) => void): BackendHost {
  const damage = ({ flawed, flaws }: Inspection, lines: readonly string[]) => {
    log(`the server's files: ${flawed} are damaged, such as ${JSON.stringify(flaws)}`);
    return { kind: 'damaged', folder: bundle.folder, flawed, flaws, lines } as const;
  };

  return {
    launch(events) {
      const leaving = new AbortController();
      let ready = false;
      /** Tells the end without waiting for the hashes. */
      let tellNow: (() => void) | undefined;

      const server = host.launch({
        ...events,
        onGone(end) {
          let told = false;
          const tell = (what: ServerEnd) => {
            if (!told) events.onGone(what);
            told = true;
          };
          tellNow = () => tell(end);
          if (ready || !mayBeDamage(end)) return tell(end);
          const soon = AbortSignal.any([leaving.signal, AbortSignal.timeout(HASHES_MS)]);
          void inspect(bundle, { hashes: true, signal: soon }).then(found =>
            tell(found.flawed === 0 ? end : damage(found, 'lines' in end ? end.lines : [])),
          );
        },
      });

      const looked = inspect(bundle, { hashes: false, signal: leaving.signal }).then(found => {
        if (found.flawed > 0 && tellNow === undefined) events.onDamage(damage(found, server.lastLines()));
      });

      return {
        ...server,
        async probe(signal) {
          const answer = await server.probe(signal);
          if (answer.kind !== 'ready') return answer;
          // A server can be faster than the look, and a damaged one is not to be worked with.
          await looked;
          ready = true;
          return answer;
        },
        askToStop() {
          leaving.abort();
          if (tellNow) queueMicrotask(tellNow);
          else server.askToStop();
        },
        killTree() {
          // The pid of one that has ended may be somebody else's by now.
          if (tellNow === undefined) server.killTree();
        },
      };
    },
  };
}

/** False when the exit code already names another cause. */
function mayBeDamage(end: ServerEnd): boolean {
  return end.kind === 'not-started' || (end.kind === 'exited' && !FORESEEN_CODES.some(code => code === end.code));
}

/** Compares the files with the manifest. When `signal` ends it early, returns what is known by then. Never throws. */
export async function inspect(
  { folder, server }: Bundle,
  { hashes, signal }: { hashes: boolean; signal?: AbortSignal },
): Promise<Inspection> {
  const { manifest, flaw } = await manifestOf(folder);
  const flaws: Flaw[] = [];
  const checks = [
    // Without a manifest the server's own file can be looked at all the same.
    ...(manifest ? Object.entries(manifest.files) : [[server, undefined] as const]).map(
      ([name, promised]) =>
        async () => {
          const found = await find(join(folder, name), {
            executable: name === server,
            hashOf: hashes && promised?.size,
          });
          return judgeFile(name, promised, found);
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
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  if (flaw) flaws.push(flaw);
  // The file that is run first: it is the one whose name says something.
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

/** Reads the file's kind, size and, if the size is `hashOf`, its hash. With another size the hash adds nothing. */
async function find(
  path: string,
  wanted: { executable?: boolean; hashOf?: number | false | undefined },
): Promise<Found> {
  try {
    const stats = await lstat(path);
    // With slashes, as in the manifest.
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
    // The reason is of no use: whoever could see the file may not run it.
    return false;
  }
}

async function hashOf(path: string): Promise<string> {
  // Not at the top: it takes longer to load than the rest of this file, and stands before the server then.
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) hash.update(chunk);
  return hash.digest('hex');
}
