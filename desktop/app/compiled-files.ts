import { join } from 'node:path';
import { app } from 'electron';

/** Returns the preload script, and the folder of the shell's pages, which also has the icons. */
export function compiledFiles(): { preload: string; pages: string } {
  const out = join(app.getAppPath(), 'out');
  return { preload: join(out, 'preload.js'), pages: join(out, 'pages') };
}
