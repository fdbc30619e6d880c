import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { words } from '../words/en';
import { type Fetch, type Limits, ResumingReader, type Wanted } from './resuming-reader';

/** A request of electron-updater, in the terms of Node's `http`. */
export interface Asked {
  protocol: string;
  hostname: string;
  port?: string;
  path: string;
  headers?: Record<string, string>;
}

/** The parts of a response that electron-updater reads. */
export type Answer = Readable & { statusCode: number; statusMessage: string; headers: Record<string, string> };

/**
 * A request of electron-updater. Electron's own would wait for ever for a feed that sends nothing. A part of a file
 * arrives as that part or not at all, and continues where its connection broke.
 */
export function openRequest(
  fetch: Fetch,
  { protocol, hostname, port, path, headers: asked = {} }: Asked,
  answered: (answer: Answer) => void,
  limits: Omit<Limits, 'signal'> = {},
) {
  const url = `${protocol}//${hostname}${port ? `:${port}` : ''}${path}`;
  const headers = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name.toLowerCase(), value]));
  const stop = new AbortController();
  const reader = new ResumingReader(fetch, wantedFor(url, headers), { ...limits, signal: stop.signal });
  const request = Object.assign(new EventEmitter(), {
    end: () => void begin().catch(fail),
    abort: () => stop.abort(),
  });
  return request;

  function fail(error: unknown): void {
    request.emit('error', error);
  }

  async function begin(): Promise<void> {
    const first = await reader.next();
    const { status = 0, statusText = '', headers = [] } = reader.response ?? {};
    const pieces = Readable.from(piecesFrom(first), { objectMode: false }).on('error', fail);
    answered(
      Object.assign(pieces, { statusCode: status, statusMessage: statusText, headers: Object.fromEntries(headers) }),
    );
  }

  async function* piecesFrom(first: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
    for (let piece = first; piece !== undefined; piece = await reader.next()) yield piece;
  }
}

function wantedFor(url: string, headers: Record<string, string>): Wanted {
  const part = partOf(headers['range']);
  const headersAfter = (given: number) => (part ? { ...headers, range: rangeOf(part, given) } : headers);
  return {
    url,
    bytes: part?.bytes,
    headersAfter,
    accept(response, given) {
      const { range } = headersAfter(given);
      // A feed without ranges sends the whole file for each part.
      if (range !== undefined && !isPart(response, range))
        throw new Error(words.updateProblem.respondedToRange(response.status));
      return 'continues';
    },
    // If one response has several parts, nobody knows here where it broke.
    canResume: given => part !== undefined || (headers['range'] !== undefined && given === 0),
  };
}

function isPart({ status, headers }: Response, range: string): boolean {
  if (status !== 206) return false;
  // Each of several parts says itself where it belongs.
  return range.includes(',') || headers.get('content-range')?.startsWith(`${range.replace('=', ' ')}/`) === true;
}

/** The first byte and the size of a part; undefined for a header that asks for several parts or none. */
function partOf(range: string | undefined): { start: number; bytes: number } | undefined {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), bytes: Number(end) + 1 - Number(start) };
}

/** The header that asks for the rest of a part. */
function rangeOf({ start, bytes }: { start: number; bytes: number }, given: number): string {
  return `bytes=${start + given}-${start + bytes - 1}`;
}
