import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, describeCopy } from './core/copies';
import { pageStorageBeside } from './page-storage';

export interface ListedCopy extends Copy {
  file: string;
  bytes: number;
  /** `all` is everything that the user would miss. */
  content: 'database' | 'database and page' | 'all';
}

/** Lists the copies that the app has made by itself, newest first. `data`: CachiBot's data folder. */
export function listCopies(data: string): ListedCopy[] {
  const folder = join(data, 'backups');
  return namesIn(folder)
    .flatMap((name): ListedCopy[] => {
      const copy = describeCopy(name);
      const file = join(folder, name);
      const bytes = bytesOf(file);
      if (copy === undefined || bytes === 0) return [];
      if (!file.endsWith('.db')) return [{ ...copy, file, bytes, content: 'all' }];
      const page = bytesIn(pageStorageBeside(file));
      return [{ ...copy, file, bytes: bytes + page, content: page === 0 ? 'database' : 'database and page' }];
    })
    .sort((one, other) => other.atMs - one.atMs);
}

/** Returns 0 for a file that is missing or not accessible, such as a link in a circle. */
function bytesOf(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}

function bytesIn(folder: string): number {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.reduce((sum, name) => sum + bytesOf(join(folder, name)), 0);
  } catch {
    return 0; // missing or unreadable: the copy of the database is offered alone
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no copy has been made yet
  }
}
