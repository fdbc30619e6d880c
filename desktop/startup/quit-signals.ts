import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Time after a signal in which the app must be able to quit. */
const LIMIT_MS = 5_000;

/**
 * Signals that end the app. A signal that arrives before the app can handle it is handled as soon as it can. If the start
 * hangs, the app exits at the second signal, or 5 s after the first.
 */
export class QuitSignals {
  #quit: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #exit: (code: number) => void;

  /** `exit`: exits at once with this code. */
  constructor(exit: (code: number) => void) {
    this.#exit = exit;
  }

  /**
   * Listens from now on. Call it before the server is spawned, and again when the app is ready: Chromium has then
   * replaced our handlers by its own, which exit at once at the second signal, without stopping the server.
   */
  listen(): void {
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal);
      process.on(signal, () => this.#arrived(128 + constants.signals[signal]));
    }
  }

  /** Calls `quit` at each signal, and at once if one has arrived before. */
  onSignal(quit: () => void): void {
    this.#quit = quit;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    quit();
  }

  #arrived(code: number): void {
    if (this.#quit) this.#quit();
    else if (this.#timer) this.#exit(code);
    else this.#timer = setTimeout(() => this.#exit(code), LIMIT_MS);
  }
}
