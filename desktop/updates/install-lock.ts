/**
 * Held from when the server is stopped for another version until that version is in place, or the old one runs again.
 * While it is held no server starts and the app does not quit.
 */
export class InstallLock {
  #held: Promise<void> | undefined;

  /** Resolves when the lock is released; undefined when nobody holds it. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  /** Returns the function that releases it. */
  acquire(): () => void {
    let resolve = () => {};
    const held = new Promise<void>(released => {
      resolve = released;
    });
    this.#held = held;
    return () => {
      if (this.#held === held) this.#held = undefined;
      resolve();
    };
  }
}
