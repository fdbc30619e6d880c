const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals that end the app. Those that arrive before the app can handle them are handled as soon as it can. */
export class QuitSignals {
  #quit: (() => void) | undefined;
  #hasArrived = false;

  /**
   * Listens from now on. Call it before the server is spawned, and again when the app is ready: Chromium has then
   * replaced our handlers by its own, which exit at once at the second signal, without stopping the server.
   */
  listen(): void {
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal);
      process.on(signal, () => this.#arrived());
    }
  }

  /** Calls `quit` at each signal, and at once if one has arrived before. */
  onSignal(quit: () => void): void {
    this.#quit = quit;
    if (this.#hasArrived) quit();
  }

  #arrived(): void {
    this.#hasArrived = true;
    this.#quit?.();
  }
}
