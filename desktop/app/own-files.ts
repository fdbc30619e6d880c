import { join } from 'node:path';
import { app } from 'electron';

/** The folder of the compiled shell. */
const OUT = join(app.getAppPath(), 'out');
export const PRELOAD = join(OUT, 'preload.js');
/** The folder of the shell's pages, with the icons. */
export const PAGES = join(OUT, 'pages');
