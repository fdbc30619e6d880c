/**
 * A lock that is held while one version replaces another: from the backup before it until the other version is in place,
 * or the old version runs again. While it is held, the app does not quit, and `app/backups.ts` and `ipc/handlers.ts` refuse
 * each start and restart of the server that the user requests. The supervisor still restarts a server that crashes during
 * the backup.
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
