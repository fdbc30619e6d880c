import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { words } from '../words/en';

/** Facts about this build. */
export interface Build {
  /** Why it is not for release; undefined for a proper one. */
  rehearsal: string | undefined;
  /** For the user. */
  version: string;
  /** Which CachiBot, Electron and system. */
  about: string;
  appImageFile: string | undefined;
  /** The file that starts the app: an AppImage is mounted at a new place at each start. */
  program: string;
}

interface Facts {
  appPath: string;
  version: string;
  /** Electron's version, the platform and the architecture. */
  system: string;
  execPath: string;
  env: NodeJS.ProcessEnv;
}

/** Describes this build. Throws when the app's own package.json cannot be read. */
export function describeBuild({ appPath, version: plain, system, execPath, env }: Facts): Build {
  const rehearsal = rehearsalOf(appPath);
  const version = rehearsal ? words.menu.rehearsal(plain, rehearsal) : plain;
  const appImageFile = appImageOf(execPath, env);
  return {
    rehearsal,
    version,
    about: `CachiBot ${version}, ${system}`,
    appImageFile,
    program: appImageFile ?? execPath,
  };
}

/**
 * Why this app is not for release, as `npm run dist` has written it into the app's own package.json: it was built
 * with stand-ins. Undefined for a proper build, and in a clone.
 */
export function rehearsalOf(appPath: string): string | undefined {
  const { rehearsal } = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8')) as { rehearsal?: unknown };
  return typeof rehearsal === 'string' ? rehearsal : undefined;
}

/**
 * The AppImage file that contains this program; undefined when it is not in an AppImage. A program started from another
 * AppImage, such as an editor's terminal, inherits that one's variables.
 */
export function appImageOf(
  execPath: string,
  { APPIMAGE: file, APPDIR: folder }: NodeJS.ProcessEnv,
): string | undefined {
  if (folder === undefined) return file;
  try {
    return execPath.startsWith(`${realpathSync(folder)}/`) ? file : undefined;
  } catch {
    return undefined; // the other program has exited, and its folder is gone
  }
}
