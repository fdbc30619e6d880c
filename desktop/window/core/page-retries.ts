/** A page that crashed or failed to load is reloaded after this long. */
export const RELOAD_MS = 250;

/** A page is not reloaded after more crashes in a row. */
export const MAX_CRASHES = 3;

/** Chromium's code of a refused connection. */
const CONNECTION_REFUSED = -102;
/** A server that has ended counts as ready for so long at most. */
const GONE_MS = 2_000;

/** The address that is loaded next after a load has failed: the one that was shown, for probably the server was lost. */
export class RetryAddress {
  #address: string | undefined;
  /** When a load failed for the first time. */
  #failingSinceMs = 0;

  get value(): string | undefined {
    return this.#address;
  }

  forget(): void {
    this.#address = undefined;
  }

  /** A load has failed. If loads keep failing, the address may be the cause. @param code Chromium's */
  failed(shown: string, code: number, nowMs: number): void {
    if (shown !== this.#address) this.#failingSinceMs = nowMs;
    const isServerGone = code === CONNECTION_REFUSED || nowMs - this.#failingSinceMs < GONE_MS;
    this.#address = isServerGone ? shown : undefined;
  }
}
