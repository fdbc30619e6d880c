import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why this app is not for release, as `npm run dist` has written it into the app's own package.json: it was built
 * with stand-ins. Undefined for a proper build, and in a clone.
 */
export function rehearsalOf(appPath: string): string | undefined {
  const { rehearsal } = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8')) as { rehearsal?: unknown };
  return typeof rehearsal === 'string' ? rehearsal : undefined;
}

/**
 * The file of the AppImage that this program is in; undefined when it is in none. Whoever was begun from another
 * AppImage, such as an editor's terminal, has that one's variables, too.
 */
export function appImageOf(
  execPath: string,
  { APPIMAGE: file, APPDIR: folder }: NodeJS.ProcessEnv,
): string | undefined {
  if (folder === undefined) return file;
  try {
    return execPath.startsWith(`${realpathSync(folder)}/`) ? file : undefined;
  } catch {
    return undefined; // the other one has ended, and its folder with it
  }
}
