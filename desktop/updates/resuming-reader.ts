import { setTimeout as pause } from 'node:timers/promises';
import { words } from '../words/en';

/** The part of `fetch` that is used here. Both Node and Electron have it. */
export type Fetch = (
  url: string,
  how: { headers: Record<string, string>; redirect: 'error'; signal: AbortSignal },
) => Promise<Response>;

/** A request, and how it resumes after its connection has broken. */
export interface ResumableRequest {
  url: string;
  /** The size in bytes; undefined when it is not known. */
  bytes: number | undefined;
  /** Returns the headers of the request that resumes after `received` bytes. */
  headersAfter(received: number): Record<string, string>;
  /** Returns whether a response starts after `received` bytes or at the first byte. Throws for an unusable response. */
  accept(response: Response, received: number): 'continues' | 'starts-over';
  canResume(received: number): boolean;
}

/** Limits of a read. */
export interface Limits {
  /** A connection that sends nothing for this long has broken. */
  silentMs?: number;
  /** Pause before the first retry. The pause grows by the same time with each retry. */
  pauseMs?: number;
  signal?: AbortSignal;
}

interface Connection {
  response: Response;
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

const MAX_TRIES = 4;
const SILENT_MS = 30_000;

/** Reads a file or a part of it, and resumes over another connection when a connection breaks. */
export class ResumingReader {
  #connection: Connection | undefined;
  #received: number;
  #retriesLeft = MAX_TRIES - 1;
  readonly #fetch: Fetch;
  readonly #request: ResumableRequest;
  readonly #limits: Required<Limits>;

  /** `received`: number of bytes that an earlier run has downloaded. */
  constructor(fetch: Fetch, request: ResumableRequest, limits: Limits = {}, received = 0) {
    this.#fetch = fetch;
    this.#request = request;
    this.#limits = { silentMs: SILENT_MS, pauseMs: 1_000, signal: new AbortController().signal, ...limits };
    this.#received = received;
  }

  /** The response of the current connection. */
  get response(): Response | undefined {
    return this.#connection?.response;
  }

  /** Number of bytes received, with the last piece. Decreases when a feed without ranges starts over. */
  get received(): number {
    return this.#received;
  }

  /** Returns the next piece; undefined at the end. Rejects when the connection breaks after the last retry. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        return await this.#read();
      } catch (error) {
        this.close();
        if (this.#received === this.#request.bytes) return undefined;
        const { pauseMs, signal } = this.#limits;
        const resumes = this.#request.canResume(this.#received) && isConnectionError(error);
        if (!resumes || this.#retriesLeft === 0 || signal.aborted) throw error;
        await pause(pauseMs * (MAX_TRIES - this.#retriesLeft--), undefined, { signal });
      }
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { url, bytes, headersAfter, accept } = this.#request;
    if (this.#connection === undefined) {
      this.#connection = await connect(this.#fetch, url, headersAfter(this.#received), this.#limits);
      if (accept(this.#connection.response, this.#received) === 'starts-over') this.#received = 0;
    }
    const piece = await this.#connection.next();
    this.#received += piece?.length ?? 0;
    if (bytes === undefined) return piece;
    if (this.#received > bytes) throw new Error(words.updateProblem.tooManyBytes(bytes));
    if (piece === undefined && this.#received < bytes)
      throw Object.assign(new Error(words.updateProblem.connectionLost), { code: 'ECONNRESET' });
    return piece;
  }
}

async function connect(
  fetch: Fetch,
  url: string,
  headers: Record<string, string>,
  { silentMs, signal }: Required<Limits>,
): Promise<Connection> {
  const silence = createSilenceTimer(silentMs);
  const withTimeout = async <T>(operation: Promise<T>): Promise<T> => {
    silence.restart();
    try {
      // Not every fetch ends its body on abort: Node's loses the signal when the request is garbage-collected.
      return await Promise.race([operation, silence.aborted]);
    } catch (error) {
      throw silence.signal.aborted ? silence.signal.reason : error;
    } finally {
      silence.end();
    }
  };
  signal.addEventListener('abort', silence.abort);
  // Our feed never redirects; the sign-in page of a network does.
  const response = await withTimeout(fetch(url, { headers, redirect: 'error', signal: silence.signal }));
  const pieces: AsyncIterator<Uint8Array> | undefined = response.body?.[Symbol.asyncIterator]();
  return { response, next: async () => pieces && (await withTimeout(pieces.next())).value, close: silence.abort };
}

/** Whether the connection has broken, as opposed to an error of a response or of the disk. */
function isConnectionError(error: unknown): boolean {
  const { code, message, name, cause } = error as { code?: string; message: string; name: string; cause?: unknown };
  if (name === 'AbortError' || ['ECONNRESET', 'ETIMEDOUT', 'UND_ERR_SOCKET'].includes(code ?? '')) return true;
  if (/net::ERR_(CONNECTION|NETWORK_CHANGED|INTERNET|TIMED_OUT|CONTENT_LENGTH|INCOMPLETE|EMPTY)/.test(message))
    return true;
  return cause !== undefined && cause !== error && isConnectionError(cause);
}

function createSilenceTimer(silentMs: number) {
  const control = new AbortController();
  const giveUp = () =>
    control.abort(
      Object.assign(new Error(`ETIMEDOUT: no data for ${silentMs / 1_000} seconds`), { code: 'ETIMEDOUT' }),
    );
  let timer: NodeJS.Timeout | undefined;
  const aborted = new Promise<never>((_, reject) =>
    control.signal.addEventListener('abort', () => reject(control.signal.reason)),
  );
  aborted.catch(() => {}); // a reader that is closed awaits nothing
  return {
    signal: control.signal,
    aborted,
    abort: () => control.abort(),
    restart() {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silentMs);
    },
    end: () => clearTimeout(timer),
  };
}
