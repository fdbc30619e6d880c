import { lstatSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';

const NAME = 'CachiBot';
/** Used if another folder has the name. */
const OTHER_NAME = 'CachiBot Workspace';

/**
 * Returns CachiBot's own folder for the agent. Disks of Windows and macOS ignore case: a folder `cachibot`, such as a clone
 * of CachiBot's repository, would become the agent's. `realPath` returns a path as it is on the disk.
 */
export function ownWorkspace(home: string, realPath: (path: string) => string = realpathSync.native): string {
  const folder = join(home, NAME);
  return isOther(folder, realPath) ? join(home, OTHER_NAME) : folder;
}

function isOther(folder: string, realPath: (path: string) => string): boolean {
  try {
    // The user chooses the target of a link.
    if (lstatSync(folder).isSymbolicLink()) return false;
    const name = basename(realPath(folder));
    return name !== NAME && name.toLowerCase() === NAME.toLowerCase();
  } catch {
    return false; // the folder does not exist yet
  }
}
