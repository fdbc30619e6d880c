import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { words } from '../words/en';

/** Facts about this build. */
export interface Build {
  /** Why this build must not be released; undefined for a release build and in a clone. */
  testBuild: string | undefined;
  /** The version as the user sees it. */
  version: string;
  /** Versions of CachiBot and Electron, and the system. */
  about: string;
  /** Path of the AppImage that contains the app, if any. */
  appImageFile: string | undefined;
  /** The file that starts the app: the AppImage itself, which is mounted at a new path at each start. */
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
  const testBuild = readTestBuild(appPath);
  const version = testBuild ? words.menu.rehearsal(plain, testBuild) : plain;
  const appImageFile = appImageOf(execPath, env);
  return {
    testBuild,
    version,
    about: `CachiBot ${version}, ${system}`,
    appImageFile,
    program: appImageFile ?? execPath,
  };
}

/**
 * Returns why this build must not be released: `npm run dist` writes into the app's package.json which tools it had to
 * replace. Undefined for a release build and in a clone.
 */
export function readTestBuild(appPath: string): string | undefined {
  const { rehearsal } = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8')) as { rehearsal?: unknown };
  return typeof rehearsal === 'string' ? rehearsal : undefined;
}

/**
 * Returns the AppImage that contains this program; undefined when it is not in one. Checks the path: a program that is
 * started by another AppImage, such as an editor's terminal, inherits the variables of that AppImage.
 */
export function appImageOf(
  execPath: string,
  { APPIMAGE: file, APPDIR: folder }: NodeJS.ProcessEnv,
): string | undefined {
  if (folder === undefined) return file;
  try {
    return execPath.startsWith(`${realpathSync(folder)}/`) ? file : undefined;
  } catch {
    return undefined; // the other AppImage has exited, and its folder is gone
  }
}
