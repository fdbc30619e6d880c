import { type BackendState, isAtRest } from '../server/core/state';
import {
  afterNotInstalled,
  afterReady,
  afterRollback,
  afterStart,
  type Backup,
  type RollbackOption,
  rollbackOptionFor,
  rollingBack,
  type UpdateRecord,
} from './core/record';
import type { UpdateRecords } from './record-store';

interface Options {
  records: UpdateRecords;
  /** The version that runs. */
  version: string;
  log(line: string): void;
}

/** A new version is on trial until it has been ready once. Remembers that in the update record. */
export class Trial {
  #lastPhase: BackendState['phase'] | undefined;
  /** The record before the last `remember`. */
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
  follow(state: BackendState): void {
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
      log(`update: how the new version starts could not be kept: ${(error as Error).message}`);
    }
    this.#lastPhase = state.phase;
  }

  /** Way back when this version does not start. */
  rollbackOption(state: BackendState): RollbackOption | undefined {
    if (!isAtRest(state)) return undefined;
    // Another server uses the data: that is not the fault of this version, and a rollback would lose that server's work.
    if (state.phase === 'failed' && state.failure.kind === 'exited' && state.failure.holder) return undefined;
    return rollbackOptionFor(this.record, this.#options.version);
  }

  /** Notes an upgrade from this version before it is applied. Throws the error of the disk. */
  remember(upgrade: { to: string; previous: string | undefined; backup: Backup | undefined }): void {
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

  /** Discards what `remember` noted: the upgrade failed. Throws the error of the disk. */
  forget(): void {
    this.#options.records.change(({ seen }) => ({ ...this.#before, seen }));
  }

  /** Notes a rollback before it is applied. Throws the error of the disk. */
  rememberRollback(): void {
    this.#options.records.change(rollingBack);
  }

  /** Notes that a rollback is complete, if it led to this version. */
  completeRollback(): void {
    const { records, version, log } = this.#options;
    try {
      records.change(record => afterRollback(record, version));
    } catch (error) {
      log(`update: the way back could not be noted: ${(error as Error).message}`);
    }
  }

  /** The version whose installer never ran, so that this one is still here. Returns it once, undefined otherwise. */
  takeNotInstalled(): string | undefined {
    const { records, version, log } = this.#options;
    const { pending } = records.get();
    const changed = afterNotInstalled(records.get(), version, new Date());
    if (pending === undefined || changed === undefined) return undefined;
    log(`update: ${pending.to} was not installed on ${pending.at}`);
    try {
      records.change(() => changed);
    } catch (error) {
      log(`update: that could not be noted: ${(error as Error).message}`);
    }
    return pending.to;
  }
}
