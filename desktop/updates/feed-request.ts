import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { words } from '../words/en';
import { type Fetch, type Limits, type ResumableRequest, ResumingReader } from './resuming-reader';

/** The options of a request of electron-updater, as Node's `http` takes them. */
export interface NodeRequest {
  protocol: string;
  hostname: string;
  port?: string;
  path: string;
  headers?: Record<string, string>;
}

/** The parts of a response that electron-updater reads. */
export type NodeResponse = Readable & { statusCode: number; statusMessage: string; headers: Record<string, string> };

/**
 * Opens a request of electron-updater in place of Electron's own, which would wait forever for a feed that sends nothing.
 * A request for a part of a file resumes when its connection breaks, and fails when the feed sends anything else.
 */
export function openRequest(
  fetch: Fetch,
  { protocol, hostname, port, path, headers: requestHeaders = {} }: NodeRequest,
  onResponse: (response: NodeResponse) => void,
  limits: Omit<Limits, 'signal'> = {},
) {
  const url = `${protocol}//${hostname}${port ? `:${port}` : ''}${path}`;
  const headers = Object.fromEntries(
    Object.entries(requestHeaders).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const stop = new AbortController();
  const reader = new ResumingReader(fetch, resumable(url, headers), { ...limits, signal: stop.signal });
  const request = Object.assign(new EventEmitter(), {
    end: () => void start().catch(fail),
    abort: () => stop.abort(),
  });
  return request;

  function fail(error: unknown): void {
    request.emit('error', error);
  }

  async function start(): Promise<void> {
    const first = await reader.next();
    const { status = 0, statusText = '', headers = [] } = reader.response ?? {};
    const pieces = Readable.from(piecesFrom(first), { objectMode: false }).on('error', fail);
    onResponse(
      Object.assign(pieces, { statusCode: status, statusMessage: statusText, headers: Object.fromEntries(headers) }),
    );
  }

  async function* piecesFrom(first: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
    for (let piece = first; piece !== undefined; piece = await reader.next()) yield piece;
  }
}

function resumable(url: string, headers: Record<string, string>): ResumableRequest {
  const part = readRange(headers['range']);
  const headersAfter = (received: number) => (part ? { ...headers, range: remainingRange(part, received) } : headers);
  return {
    url,
    bytes: part?.bytes,
    headersAfter,
    accept(response, received) {
      const { range } = headersAfter(received);
      // A feed without ranges sends the whole file for each part.
      if (range !== undefined && !isPart(response, range))
        throw new Error(words.updateProblem.respondedToRange(response.status));
      return 'continues';
    },
    // A response with several parts cannot resume: the position within the parts is not known here.
    canResume: received => part !== undefined || (headers['range'] !== undefined && received === 0),
  };
}

function isPart({ status, headers }: Response, range: string): boolean {
  if (status !== 206) return false;
  // In a response with several parts, each part has its own range.
  return range.includes(',') || headers.get('content-range')?.startsWith(`${range.replace('=', ' ')}/`) === true;
}

/** Returns the first byte and the size of a part; undefined for a header that names several parts or none. */
function readRange(range: string | undefined): { start: number; bytes: number } | undefined {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), bytes: Number(end) + 1 - Number(start) };
}

/** Returns the header for the rest of a part, after `received` bytes of it. */
function remainingRange({ start, bytes }: { start: number; bytes: number }, received: number): string {
  return `bytes=${start + received}-${start + bytes - 1}`;
}
