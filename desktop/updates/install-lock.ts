/**
 * A lock that is held while one version replaces another: from the backup before it until the other version is in place,
 * or the old version runs again. While it is held no server starts for the user and the app does not quit.
 */
export class InstallLock {
  #held: Promise<void> | undefined;

  /** Resolves when the lock is released; undefined when it is not held. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  /** Acquires the lock. Returns the function that releases it. */
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
