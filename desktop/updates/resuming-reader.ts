import { setTimeout as pause } from 'node:timers/promises';
import { words } from '../words/en';

/** The part of `fetch` that is used here. Both Node and Electron have it. */
export type Fetch = (
  url: string,
  how: { headers: Record<string, string>; redirect: 'error'; signal: AbortSignal },
) => Promise<Response>;

/** Describes a download and how it resumes after a break. */
export interface Wanted {
  url: string;
  /** The size in bytes; undefined when nobody knows it. */
  bytes: number | undefined;
  /** The headers of the connection that continues after `given` bytes. */
  headersAfter(given: number): Record<string, string>;
  /** Whether a response begins after `given` bytes or at the first one. Throws for a response that is of no use. */
  accept(response: Response, given: number): 'continues' | 'starts-over';
  canResume(given: number): boolean;
}

/** When a read gives up. */
export interface Limits {
  silentMs?: number;
  pauseMs?: number;
  signal?: AbortSignal;
}

interface Connection {
  response: Response;
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

const TRIES = 4;
/** A connection that sends nothing for so long is treated as broken. */
const SILENT_MS = 30_000;

/** Reads a file or a part of it, over another connection when one breaks. */
export class ResumingReader {
  #connection: Connection | undefined;
  #given: number;
  #left = TRIES - 1;
  readonly #fetch: Fetch;
  readonly #wanted: Wanted;
  readonly #limits: Required<Limits>;

  /** `given`: so many bytes are there already. */
  constructor(fetch: Fetch, wanted: Wanted, limits: Limits = {}, given = 0) {
    this.#fetch = fetch;
    this.#wanted = wanted;
    this.#limits = { silentMs: SILENT_MS, pauseMs: 1_000, signal: new AbortController().signal, ...limits };
    this.#given = given;
  }

  /** The response of the current connection. */
  get response(): Response | undefined {
    return this.#connection?.response;
  }

  /** Number of bytes received, those of `next` included. Becomes less when a feed without ranges starts over. */
  get given(): number {
    return this.#given;
  }

  /** The next piece; undefined at the end. Rejects when the connection breaks once too often. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        return await this.#read();
      } catch (error) {
        this.close();
        if (this.#given === this.#wanted.bytes) return undefined;
        const { pauseMs, signal } = this.#limits;
        const resumes = this.#wanted.canResume(this.#given) && isBreak(error);
        if (!resumes || this.#left === 0 || signal.aborted) throw error;
        await pause(pauseMs * (TRIES - this.#left--), undefined, { signal });
      }
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { url, bytes, headersAfter, accept } = this.#wanted;
    if (this.#connection === undefined) {
      this.#connection = await connect(this.#fetch, url, headersAfter(this.#given), this.#limits);
      if (accept(this.#connection.response, this.#given) === 'starts-over') this.#given = 0;
    }
    const piece = await this.#connection.next();
    this.#given += piece?.length ?? 0;
    if (bytes === undefined) return piece;
    if (this.#given > bytes) throw new Error(words.updateProblem.tooManyBytes(bytes));
    if (piece === undefined && this.#given < bytes)
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
  const silence = watchSilence(silentMs);
  const inTime = async <T>(coming: Promise<T>): Promise<T> => {
    silence.restart();
    try {
      // Not every fetch ends its body on abort: Node's forgets the signal once the request has been collected.
      return await Promise.race([coming, silence.aborted]);
    } catch (error) {
      throw silence.signal.aborted ? silence.signal.reason : error;
    } finally {
      silence.end();
    }
  };
  signal.addEventListener('abort', silence.abort);
  // Our feed never redirects; the login page of a network does.
  const response = await inTime(fetch(url, { headers, redirect: 'error', signal: silence.signal }));
  const pieces: AsyncIterator<Uint8Array> | undefined = response.body?.[Symbol.asyncIterator]();
  return { response, next: async () => pieces && (await inTime(pieces.next())).value, close: silence.abort };
}

/** The connection broke; neither a response nor the disk refused. */
function isBreak(error: unknown): boolean {
  const { code, message, name, cause } = error as { code?: string; message: string; name: string; cause?: unknown };
  if (name === 'AbortError' || ['ECONNRESET', 'ETIMEDOUT', 'UND_ERR_SOCKET'].includes(code ?? '')) return true;
  if (/net::ERR_(CONNECTION|NETWORK_CHANGED|INTERNET|TIMED_OUT|CONTENT_LENGTH|INCOMPLETE|EMPTY)/.test(message))
    return true;
  return cause !== undefined && cause !== error && isBreak(cause);
}

function watchSilence(silentMs: number) {
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
