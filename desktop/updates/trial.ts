import { type BackendState, isStopped } from '../server/core/state';
import {
  afterNotInstalled,
  afterReady,
  afterRollback,
  afterRollbackRequested,
  afterStart,
  type Backup,
  type RollbackOption,
  rollbackOptionFor,
  type UpdateRecord,
} from './core/record';
import type { UpdateRecords } from './record-store';

interface Options {
  records: UpdateRecords;
  /** The version that runs. */
  version: string;
  log(line: string): void;
}

/** The trial of a new version, until its server has been ready once. The update record stores it. */
export class Trial {
  #lastPhase: BackendState['phase'] | undefined;
  /** The record before the last `recordUpgrade`. */
  #before: UpdateRecord;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#before = options.records.get();
  }

  get record(): UpdateRecord {
    return this.#options.records.get();
  }

  /** Counts the starts of a new version until it is ready. */
  serverChanged(state: BackendState): void {
    const { records, version, log } = this.#options;
    const { pending } = records.get();
    if (pending?.to !== version || pending.ready) return;
    const upgrade = `update: from ${pending.from} to ${version}`;
    try {
      if (state.phase === 'starting' && this.#lastPhase !== 'starting')
        records.change(record => afterStart(record, version));
      if (state.phase === 'ready') {
        records.change(record => afterReady(record, version));
        log(`${upgrade}, which is ready`);
      }
      if (state.phase === 'failed') log(`${upgrade}, which is not ready after start ${pending.starts}`);
    } catch (error) {
      log(`update: the start of the new version could not be recorded: ${(error as Error).message}`);
    }
    this.#lastPhase = state.phase;
  }

  /** Returns the rollback to offer when this version does not start; undefined for none. */
  rollbackOption(state: BackendState): RollbackOption | undefined {
    if (!isStopped(state)) return undefined;
    // Another server uses the data: this version is not the cause, and a rollback would lose that server's work.
    if (state.phase === 'failed' && state.failure.kind === 'exited' && state.failure.holder) return undefined;
    return rollbackOptionFor(this.record, this.#options.version);
  }

  /** Records an upgrade from this version before it is applied. Throws the error of the disk. */
  recordUpgrade(upgrade: { to: string; previous: string | undefined; backup: Backup | undefined }): void {
    const { records, version } = this.#options;
    const { to, previous, backup } = upgrade;
    this.#before = records.get();
    records.change(({ seen }) => ({
      seen,
      pending: {
        from: version,
        to,
        at: new Date().toISOString(),
        starts: 0,
        ready: false,
        ...(previous === undefined ? {} : { previous }),
        ...(backup ? { backup } : {}),
      },
    }));
  }

  /** Restores the record before `recordUpgrade`, because the upgrade failed. Throws the error of the disk. */
  discardUpgrade(): void {
    this.#options.records.change(({ seen }) => ({ ...this.#before, seen }));
  }

  /** Records a rollback before it is applied. Throws the error of the disk. */
  recordRollback(): void {
    this.#options.records.change(afterRollbackRequested);
  }

  /** Records that a rollback is complete, if this is the version it led to. */
  completeRollback(): void {
    const { records, version, log } = this.#options;
    try {
      records.change(record => afterRollback(record, version));
    } catch (error) {
      log(`update: the rollback could not be recorded: ${(error as Error).message}`);
    }
  }

  /** Returns the version whose installer never ran, so that this version is still here. Returns each version once. */
  reportNotInstalled(): string | undefined {
    const { records, version, log } = this.#options;
    const { pending } = records.get();
    const changed = afterNotInstalled(records.get(), version, new Date());
    if (pending === undefined || changed === undefined) return undefined;
    log(`update: ${pending.to} was not installed on ${pending.at}`);
    try {
      records.change(() => changed);
    } catch (error) {
      log(`update: the missed installation could not be recorded: ${(error as Error).message}`);
    }
    return pending.to;
  }
}
