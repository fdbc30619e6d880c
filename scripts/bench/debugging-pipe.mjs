// @ts-check

/** File descriptors of a child that is started with `--remote-debugging-pipe`: it reads from the first. */
export const DEBUGGING_STDIO = /** @type {const} */ (['ignore', 'ignore', 'ignore', 'pipe', 'pipe']);

/** Separates two messages. */
const END = '\0';

/**
 * A connection to the developer tools of a Chromium. It costs the program less than a port with WebSockets, and the
 * program quits when the connection ends.
 */
export class DebuggingPipe {
  /** @type {import('node:stream').Writable} */
  #input;
  #lastId = 0;
  #rest = '';
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #pending = new Map();

  /** @param {import('node:child_process').ChildProcess} child started with `DEBUGGING_STDIO` */
  constructor(child) {
    this.#input = /** @type {import('node:stream').Writable} */ (child.stdio[3]);
    const output = /** @type {import('node:stream').Readable} */ (child.stdio[4]);
    // EPIPE and ECONNRESET when the program exits.
    this.#input.on('error', () => {});
    output.on('error', () => {});
    output.setEncoding('utf8').on('data', text => this.#receive(text));
    child.once('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('The program has exited.'));
      this.#pending.clear();
    });
  }

  /**
   * Sends a command of the DevTools protocol, and returns its result.
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId] of a target
   * @returns {Promise<any>}
   */
  send(method, params = {}, sessionId) {
    const id = ++this.#lastId;
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#input.write(JSON.stringify(message) + END);
    });
  }

  /** @param {string} text */
  #receive(text) {
    const parts = (this.#rest + text).split(END);
    this.#rest = parts.pop() ?? '';
    for (const part of parts) {
      const { id, result, error } = JSON.parse(part);
      const waiting = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    }
  }
}
