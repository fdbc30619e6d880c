// @ts-check
// Joins the compiled modules of the main process in one file: `rolldown --config THIS --file FOLDER/shell.js`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {{ dependencies: Record<string, string> }} Package */

const { dependencies } = /** @type {Package} */ (JSON.parse(readFileSync('package.json', 'utf8')));
/** Modules that are loaded at run time: those that Electron contains, and the packages of the app. */
const notJoined = ['electron', 'original-fs', ...Object.keys(dependencies)];

/** @param {{ file: string }} options @returns {import('rolldown').RolldownOptions} */
export default ({ file }) => ({
  input: join(dirname(file), 'main.js'),
  platform: 'node',
  external: id => notJoined.some(name => id === name || id.startsWith(`${name}/`)),
  plugins: [
    {
      name: 'compiler-source-maps',
      // Without this, the map leads to the compiled modules instead of their sources.
      load: path =>
        existsSync(`${path}.map`)
          ? { code: readFileSync(path, 'utf8'), map: readFileSync(`${path}.map`, 'utf8') }
          : undefined,
    },
  ],
  output: { format: 'cjs', comments: false, sourcemap: true, sourcemapExcludeSources: true },
});
