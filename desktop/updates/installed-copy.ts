import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { words } from '../words/en';
import { formatOf, type UpdateFormat } from './core/package-format';
import { readUpdateSource, type UpdateSource } from './core/source';

/** The format in which this copy of the app was installed, and the source of its updates. */
export interface InstalledCopy {
  /** Undefined for a folder that was unpacked by hand. */
  format: UpdateFormat | undefined;
  /** Returns the source, or the reason why this build does not update itself. */
  source(): UpdateSource | string;
  /** Returns the source and the format, or the reason why this copy does not update itself. */
  updatable(): { source: UpdateSource; format: UpdateFormat } | string;
}

/** Reads the format of this copy now, and its source at the first call of `source`. */
export function readInstalledCopy(appImage: string | undefined, isTestBuild: boolean): InstalledCopy {
  const packageType = readOrUndefined(join(process.resourcesPath, 'package-type'))?.trim();
  const format = formatOf({ platform: process.platform, appImage, packageType });
  let packed: UpdateSource | string | undefined;
  const source = () => (packed ??= readUpdateSource(readJson(join(app.getAppPath(), 'updates.json')), isTestBuild));
  return {
    format,
    source,
    updatable() {
      const from = source();
      if (typeof from === 'string') return from;
      return format === undefined ? words.updateProblem.unpackedByHand(from.page) : { source: from, format };
    },
  };
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // most formats of the app have no such file
  }
}

function readJson(file: string): unknown {
  const text = readOrUndefined(file);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // then this build names no feed
  }
}
