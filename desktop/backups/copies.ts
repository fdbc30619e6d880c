import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, describeCopy } from './core/copies';

export interface ListedCopy extends Copy {
  file: string;
  bytes: number;
}

/** Lists the copies that the app has made by itself, newest first. `data`: CachiBot's data folder. */
export function listCopies(data: string): ListedCopy[] {
  const folder = join(data, 'backups');
  return namesIn(folder)
    .flatMap(name => {
      const copy = describeCopy(name);
      const file = join(folder, name);
      const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      return copy === undefined || bytes === 0 ? [] : [{ ...copy, file, bytes }];
    })
    .sort((one, other) => other.atMs - one.atMs);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no copy has been made yet
  }
}
