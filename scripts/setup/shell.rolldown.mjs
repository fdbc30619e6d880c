// @ts-check
// Joins the compiled modules of the main process: `rolldown --config THIS --dir FOLDER`, with the modules in FOLDER.
//   shell.js          main.ts, the entry
//   shell-runtime.js  the bundler's own functions
//   shell-start.js    the modules that main.ts imports, which spawn the server, and `EARLY`
//   shell-window.js   the modules that app.ts imports, which show the window
//   shell-later.js    all others, which `lazyRequire` loads
// The last two are read at their first use, because it takes time from the start to read and compile code.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** @typedef {{ dependencies: Record<string, string> }} Package */

const { dependencies } = /** @type {Package} */ (JSON.parse(readFileSync('package.json', 'utf8')));
/** Modules that are loaded at run time: those that Electron contains, and the packages of the app. */
const notJoined = ['electron', 'original-fs', ...Object.keys(dependencies)];

/** Modules that each start loads before the window is shown, although `lazyRequire` loads them. */
const EARLY = ['startup/display', 'log/log-writer', 'backups/page-storage-recovery', 'server/process-table'];
/** A module that `lazyRequire` loads at its first use. */
const LAZY = /lazyRequire\)\(\(\) => require\("[^"]+"\)\)/g;
const REQUIRED = /require\("(\.[^"]+)"\)/g;
/** The line at the top of a file that loads one of the last two. Its variable becomes an object that loads it later. */
const LOADED_AT_ONCE = /^const (\S+) = require\("(\.\/shell-(?:window|later)\.js)"\);$/gm;

/** @param {{ dir: string }} options @returns {import('rolldown').RolldownOptions} */
export default ({ dir }) => {
  const folder = resolve(dir);
  const start = modulesOf(['main', ...EARLY].map(name => join(folder, `${name}.js`)));
  const window = modulesOf([join(folder, 'app.js')]);
  const file = (/** @type {string} */ id) =>
    start.has(id) ? 'shell-start' : window.has(id) ? 'shell-window' : 'shell-later';
  return {
    input: { shell: join(folder, 'main.js') },
    platform: 'node',
    external: id => notJoined.some(name => id === name || id.startsWith(`${name}/`)),
    preserveEntrySignatures: false,
    plugins: [
      {
        name: 'compiler-source-maps',
        // Without this, the map leads to the compiled modules instead of their sources.
        load: path =>
          existsSync(`${path}.map`)
            ? { code: readFileSync(path, 'utf8'), map: readFileSync(`${path}.map`, 'utf8') }
            : undefined,
      },
      {
        name: 'files-at-first-use',
        // On the same line, so that the source map stays right.
        renderChunk: code => ({
          code: code.replace(LOADED_AT_ONCE, 'const $1 = new Proxy({}, { get: (_, name) => require("$2")[name] });'),
          map: null,
        }),
      },
    ],
    output: {
      format: 'cjs',
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
      entryFileNames: '[name].js',
      // The bundler's own functions are in a file that it names.
      chunkFileNames: ({ name }) => (name.startsWith('shell-') ? '[name].js' : 'shell-runtime.js'),
      codeSplitting: {
        includeDependenciesRecursively: false,
        // null: main.ts stays in the entry, which runs it when all files above are loaded.
        groups: [{ debugName: 'shell', name: id => (id === join(folder, 'main.js') ? null : file(id)) }],
      },
    },
  };
};

/**
 * Returns the paths of these compiled modules, if they exist, and of all that are loaded with them.
 * @param {string[]} paths
 */
function modulesOf(paths) {
  const found = new Set(paths.filter(existsSync));
  // Also visits those that are added on the way.
  for (const path of found) {
    if (path.endsWith('.json')) continue;
    const code = readFileSync(path, 'utf8').replace(LAZY, '');
    for (const [, name = ''] of code.matchAll(REQUIRED)) {
      const required = resolve(path, '..', name);
      found.add(existsSync(required) ? required : `${required}.js`);
    }
  }
  return found;
}
