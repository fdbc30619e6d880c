import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { ownWorkspace } from '../system/own-workspace';

/** Returns the folder in which the agent works: the one that the user has chosen, while it exists, or CachiBot's own. */
export function workFolder(home: string): string {
  try {
    // Written by cachibot_desktop/data/work_folder.py.
    const choice: unknown = JSON.parse(readFileSync(join(home, '.cachibot', 'work-folder.json'), 'utf8'));
    const folder = typeof choice === 'object' && choice !== null && 'folder' in choice ? choice.folder : undefined;
    if (typeof folder === 'string' && isAbsolute(folder) && statSync(folder).isDirectory()) return folder;
  } catch {
    // The user has not chosen one, or it is gone.
  }
  return ownWorkspace(home);
}
