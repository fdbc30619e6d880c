import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why this app is not for release, as `npm run dist` has written it into the app's own package.json: it was built
 * with stand-ins. Undefined for a proper build, and in a clone.
 */
export function rehearsalOf(appPath: string): string | undefined {
  const { rehearsal } = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8')) as { rehearsal?: unknown };
  return typeof rehearsal === 'string' ? rehearsal : undefined;
}
