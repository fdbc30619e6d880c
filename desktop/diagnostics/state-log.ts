import { join } from 'node:path';
import type { BackendState } from '../server/core/state';
import { type JsonFile, openJsonFile } from '../settings/json-file';
import { processStartMs } from '../startup/clock';
import { Timeline } from './core/timeline';

interface Options {
  /** Stores the last failure, for --doctor. */
  file: JsonFile;
  /** Versions of CachiBot and Electron, and the system. */
  about: string;
  /** Milliseconds since the process started. */
  now(): number;
  log(line: string): void;
}

/** Opens the log of the states of this run's server. */
export function openStateLog(profile: string, about: string, log: (line: string) => void): StateLog {
  const file = openJsonFile(join(profile, 'last-failure.json'), log);
  return new StateLog({ file, about, now: () => performance.now() - processStartMs, log });
}

/** Writes each state of the server to the log and to the timeline of this run, and the last failure to a file. */
export class StateLog {
  readonly #timeline = new Timeline();
  readonly #options: Options;
  #lastLine = '';

  constructor(options: Options) {
    this.#options = options;
  }

  record(state: BackendState): void {
    const { now, log } = this.#options;
    // Without the number of modules, which changes many times a second.
    const line = JSON.stringify(state, (key, value) => (key === 'modules' ? undefined : value));
    if (line !== this.#lastLine) {
      log(`server: ${line}`);
      this.#timeline.add(now(), line);
    }
    this.#lastLine = line;
    if (state.phase === 'failed') this.#save(state.failure);
  }

  /** Events of this run, one line each. */
  timeline(): string[] {
    return this.#timeline.lines();
  }

  #save(failure: unknown): void {
    const { file, about, log } = this.#options;
    try {
      file.write({ at: new Date().toISOString(), about, failure });
    } catch (error) {
      log(`could not save the failure: ${(error as Error).message}`);
    }
  }
}
