import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the system's message why no file can be created in a folder; undefined if one can. Creates the folder. */
export function whyUnwritable(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    const probe = mkdtempSync(join(folder, 'probe-'));
    try {
      writeFileSync(join(probe, 'file'), 'x');
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
