import type { BackendState } from '../server/core/state';
import type { KeptFile } from '../settings/json-file';
import { Timeline } from './core/timeline';

interface Options {
  /** Keeps the last failure, for --doctor. */
  file: KeptFile;
  /** Which CachiBot, Electron and system. */
  about: string;
  /** Milliseconds since the process started. */
  now(): number;
  log(line: string): void;
}

/** Writes each state of the server to the log and the timeline of this run, and keeps the last failure in a file. */
export class StateLog {
  readonly #timeline = new Timeline();
  readonly #options: Options;
  #lastLine = '';

  constructor(options: Options) {
    this.#options = options;
  }

  record(state: BackendState): void {
    const { now, log } = this.#options;
    // The number of modules changes many times a second; every other change is worth a line.
    const line = JSON.stringify(state, (key, value) => (key === 'modules' ? undefined : value));
    if (line !== this.#lastLine) {
      log(`server: ${line}`);
      this.#timeline.note(now(), line);
    }
    this.#lastLine = line;
    if (state.phase === 'failed') this.#keep(state.failure);
  }

  /** Events of this run, one line each. */
  timeline(): string[] {
    return this.#timeline.lines();
  }

  #keep(failure: unknown): void {
    const { file, about, log } = this.#options;
    try {
      file.write({ at: new Date().toISOString(), about, failure });
    } catch (error) {
      log(`the failure could not be kept: ${(error as Error).message}`);
    }
  }
}
