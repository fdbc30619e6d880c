import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { readWholeFile } from '../system/own-file';
import { ownWorkspace } from '../system/own-workspace';

/** A folder on a disk that does not respond within this time is `silent`. */
const LIMIT_MS = 2_000;

/** `silent`: its disk does not respond, such as that of a server that is gone. */
type State = 'exists' | 'gone' | 'silent';

/** The folder in which the agent works: the one that the user has chosen, while it exists, or CachiBot's own. */
export interface WorkFolder {
  /** Returns the folder as it was at the last look, without waiting for a disk. */
  get(): string;
  /** Looks at the folder, and returns it; its disk may be silent. */
  find(): Promise<{ folder: string; isSilent: boolean }>;
}

interface Options {
  home: string;
  /** Called when `get` returns another folder than before, because the chosen one is gone or exists again. */
  changed(): void;
  isFolder?(path: string): Promise<boolean>;
  limitMs?: number;
}

export function openWorkFolder({ home, changed, isFolder = isDirectory, limitMs = LIMIT_MS }: Options): WorkFolder {
  const own = ownWorkspace(home);
  const states = new Map<string, State>();
  /** Looks that have no answer yet. Each keeps one of the few threads for files, so there is one for each folder. */
  const looks = new Map<string, Promise<State>>();
  const folderFor = (chosen: string) => (states.get(chosen) === 'gone' ? own : chosen);

  const look = async (chosen: string): Promise<State> => {
    const exists = await isFolder(chosen).catch(() => false);
    const before = folderFor(chosen);
    states.set(chosen, exists ? 'exists' : 'gone');
    looks.delete(chosen);
    if (folderFor(chosen) !== before) changed();
    return exists ? 'exists' : 'gone';
  };

  const stateOf = (chosen: string): Promise<State> => {
    const asked = looks.get(chosen) ?? look(chosen);
    looks.set(chosen, asked);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<State>(resolve => {
      timer = setTimeout(() => resolve('silent'), limitMs);
    });
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  };

  return {
    get() {
      const chosen = chosenFolder(home);
      if (chosen === undefined) return own;
      void stateOf(chosen);
      return folderFor(chosen);
    },
    async find() {
      const chosen = chosenFolder(home);
      if (chosen === undefined) return { folder: own, isSilent: false };
      const isOld = looks.has(chosen);
      let state = await stateOf(chosen);
      // The folder may have changed since that look began.
      if (isOld && state !== 'silent') state = await stateOf(chosen);
      return { folder: state === 'gone' ? own : chosen, isSilent: state === 'silent' };
    },
  };
}

/** Returns the folder that the user has chosen, whether it exists or not. */
function chosenFolder(home: string): string | undefined {
  try {
    // Written by cachibot_desktop/data/work_folder.py.
    const choice: unknown = JSON.parse(readWholeFile(join(home, '.cachibot', 'work-folder.json')));
    const folder = typeof choice === 'object' && choice !== null && 'folder' in choice ? choice.folder : undefined;
    return typeof folder === 'string' && isAbsolute(folder) ? folder : undefined;
  } catch {
    return undefined; // the user has not chosen one
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}
