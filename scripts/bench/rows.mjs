// @ts-check
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PROGRAM } from '../backend/freeze.mjs';
import { frozenServer, hasServer } from '../dist/frozen-server.mjs';
import { newestApp } from '../dist/unpacked-app.mjs';
import { switchesForMachine } from '../run-electron.mjs';
import { besidePython, interpreter } from '../setup/python.mjs';
import { UserError } from '../setup/user-error.mjs';
import { openScreen } from '../testing/screen.mjs';
import { browserDesign, createAccountIn, floorDesign, ourDesign, usualDesign } from './designs.mjs';
import { withHome } from './home.mjs';
import { tokenInOf } from './server-start.mjs';

/** @typedef {import('./starts.mjs').Row} Row */
/** @typedef {import('./designs.mjs').Machine} Machine */
/**
 * The parts of this machine that starts need.
 * @typedef {object} Prepared
 * @property {Machine} machine
 * @property {string} frames folder of the screen's content
 * @property {import('./designs.mjs').App} ours
 * @property {string[]} entry command of our server in the plain environment
 * @property {string | undefined} frozen our frozen server
 */

/**
 * Opens a virtual screen and finds what can be measured.
 * @param {{ root: string, folder: string, ready: import('../setup/setup.mjs').Ready, say: (line: string) => void }} options
 * @returns {Promise<Prepared>}
 */
export async function prepare({ root, folder, ready, say }) {
  if (process.platform !== 'linux')
    throw new UserError('Starts are measured on Linux only.', 'The benchmark reads /proc and a virtual screen.');
  const { electron, python } = ready;
  const frames = join(folder, 'screen');
  mkdirSync(frames);
  const { env: screen } = await openScreen({ frames });
  const switches = switchesForMachine({ args: [], env: { ...process.env, ...screen }, say });
  const stock = [besidePython(python, 'cachibot'), 'server'];
  const entry = [python, join(root, 'desktop', 'pyinstaller-server.py')];
  const frozen = frozenProgram(root, say);
  const ours = ourApp(root, { electron, entry, frozen: frozen !== undefined, say });
  return { machine: { root, electron, switches, stock, folder, screen }, frames, ours, entry, frozen };
}

/**
 * Returns everything that is compared. Each design has a home with an account.
 * @param {Prepared} prepared
 * @param {{ against?: string | undefined, say: (line: string) => void }} options
 * @returns {Promise<{ rows: Row[], files: string[] }>} `files`: folders that the starts read
 */
export async function comparedRows({ machine, frames, ours, entry, frozen }, { against, say }) {
  const other = against === undefined ? undefined : otherClone(against);
  const { electron, folder, stock } = machine;
  /** @type {[key: string, design: import('./start-run.mjs').Design][]} */
  const designs = [
    ['ours', ourDesign(machine, ours)],
    ['usual', usualDesign(machine)],
    ['browser', browserDesign(machine)],
    ['floor', floorDesign(machine)],
  ];
  if (other) designs.splice(1, 0, ['before', ourDesign(machine, { ...other.app(electron), name: 'the other clone' })]);
  say('Creating an account in each design');
  for (const [, design] of designs) await createAccountIn(design, frames);
  return {
    files: startFiles(machine, { ours, entry, frozen }),
    rows: [
      ...designs.map(([key, design]) => ({ key, name: design.name, design })),
      ...serverRows(folder, { stock, entry, frozen, other }),
    ],
  };
}

/**
 * Returns the servers alone.
 * @param {Prepared} prepared
 * @returns {{ rows: Row[], files: string[] }} `files`: folders that the starts read
 */
export function comparedServers({ machine: { root, folder, stock }, entry, frozen }) {
  return {
    files: [...serverFiles(root, { entry, frozen }), folder],
    rows: serverRows(folder, { stock, entry, frozen, other: undefined }),
  };
}

/**
 * Returns the app and the floor. Each has a home with an account.
 * @param {Prepared} prepared
 * @param {{ say: (line: string) => void }} options
 * @returns {Promise<{ rows: Row[], files: string[] }>} `files`: folders that the starts read
 */
export async function comparedWindows({ machine, frames, ours, entry, frozen }, { say }) {
  const designs = [
    { key: 'ours', design: ourDesign(machine, ours) },
    { key: 'floor', design: floorDesign(machine) },
  ];
  say('Creating an account in each design');
  for (const { design } of designs) await createAccountIn(design, frames);
  return {
    files: startFiles(machine, { ours, entry, frozen }),
    rows: designs.map(({ key, design }) => ({ key, name: design.name, design })),
  };
}

/**
 * @param {import('./designs.mjs').Machine} machine
 * @param {Pick<Prepared, 'ours' | 'entry' | 'frozen'>} programs
 */
function startFiles({ root, electron, folder }, { ours, entry, frozen }) {
  const programs = [ours.command[0] ?? '', electron].map(file => dirname(file));
  return [...programs, ...serverFiles(root, { entry, frozen }), join(root, 'out'), folder];
}

/**
 * @param {string} root
 * @param {Pick<Prepared, 'entry' | 'frozen'>} servers
 */
function serverFiles(root, { entry, frozen }) {
  const interpreter = dirname(dirname(realpathSync(entry[0] ?? '')));
  return [interpreter, join(root, '.setup', 'python'), ...(frozen ? [dirname(frozen)] : [])];
}

/**
 * @param {string} folder
 * @param {{ stock: string[], entry: string[], frozen: string | undefined, other: ReturnType<typeof otherClone> | undefined }} servers
 * @returns {Row[]}
 */
function serverRows(folder, { stock, entry, frozen, other }) {
  const rows = [
    { key: 'stock', name: 'stock `cachibot server`', server: stock },
    { key: 'plain', name: 'ours, plain environment', server: entry },
    ...(frozen ? [{ key: 'frozen', name: 'ours, frozen', server: [frozen] }] : []),
    ...(other
      ? [
          {
            key: 'beforePlain',
            name: 'the other clone’s, plain environment',
            server: other.entry,
            options: { tokenIn: other.tokenIn },
          },
        ]
      : []),
  ];
  return rows.map(row => ({ ...row, env: withHome(join(folder, `server-${row.key}`)) }));
}

/** @param {string} root @param {(line: string) => void} say */
function frozenProgram(root, say) {
  if (hasServer(root)) return join(frozenServer(root), PROGRAM);
  say('Skipping the frozen server, which is not built. Build it with: npm run backend');
  return undefined;
}

/**
 * Returns the packed app, or, if it is not built, the clone.
 * @param {string} root
 * @param {{ electron: string, entry: string[], frozen: boolean, say: (line: string) => void }} options
 * @returns {{ name: string, command: string[], server?: object }}
 */
function ourApp(root, { electron, entry, frozen, say }) {
  try {
    return { name: 'the packed app', command: [newestApp(root).executable] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say('Measuring the clone, because the packed app is not built. Build it with: npm run dist -- --dir');
    const server = frozen ? { bundle: frozenServer(root) } : { command: entry, identity: 'token' };
    return { name: `the clone, ${frozen ? 'frozen server' : 'plain environment'}`, command: [electron, root], server };
  }
}

/**
 * Returns what is measured of another clone, which runs with its own packages: its packed app, if it is built.
 * @param {string} folder
 */
function otherClone(folder) {
  const root = resolve(folder);
  const python = interpreter(root, 'python');
  if (!existsSync(join(root, 'out', 'main.js')) || !existsSync(python))
    throw new UserError(`${root} is not a clone that is set up.`, 'Run this in it: node scripts/set-up.mjs');
  const entry = [python, join(root, 'desktop', 'pyinstaller-server.py')];
  return {
    entry,
    tokenIn: tokenInOf(root),
    app: (/** @type {string} */ electron) => ourApp(root, { electron, entry, frozen: hasServer(root), say: () => {} }),
  };
}
