// @ts-check
// `npm run bench`: measures how long the server and the app take to start, and prints the medians.
//   --rounds N    number of starts of each (default: 5)
//   --against F   also measures the clone in folder F, which must be set up, such as a clone of an older commit
//   --json        prints all numbers as JSON instead of the tables
import './setup/node-version.mjs';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { timeApp } from './bench/app-start.mjs';
import { compare, table } from './bench/compare.mjs';
import { withHome } from './bench/home.mjs';
import { timeServer, tokenInOf } from './bench/server-start.mjs';
import { hasServer } from './dist/frozen-server.mjs';
import { newestApp } from './dist/unpacked-app.mjs';
import { switchesForMachine } from './run-electron.mjs';
import { besidePython, interpreter } from './setup/python.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';
import { openScreen } from './testing/screen.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.error;
const folder = mkdtempSync(join(tmpdir(), 'cachibot-bench-'));

try {
  const { json, rounds, against } = parseArgs({
    options: {
      json: { type: 'boolean' },
      rounds: { type: 'string', default: '5' },
      against: { type: 'string' },
    },
  }).values;
  const other = against === undefined ? undefined : otherClone(against);
  const { electron, why, python } = await setUp(root, { say });
  const entry = [python, join(root, 'desktop', 'pyinstaller-server.py')];
  const bundle = join(root, 'resources', 'backend');
  const frozen = join(bundle, process.platform === 'win32' ? 'cachibot-server.exe' : 'cachibot-server');
  const hasFrozen = hasServer(root);
  if (!hasFrozen) say('Skipping the frozen server, which is not built. Build it with: npm run backend');

  /** @type {Record<string, { command: string[], options?: Parameters<typeof timeServer>[2] }>} */
  const servers = {
    'plain `cachibot server`': { command: [besidePython(python, 'cachibot'), 'server'] },
    'our entry, plain environment': { command: entry },
    ...(other
      ? { 'the other clone’s entry, plain environment': { command: other.entry, options: { tokenIn: other.tokenIn } } }
      : {}),
    ...(hasFrozen ? { 'our entry, frozen': { command: [frozen] } } : {}),
  };
  say('Server');
  const serverResults = await compare(
    Object.entries(servers).map(([name, { command, options }], at) => {
      const env = withHome(join(folder, `server-${at}`));
      return { name, time: () => timeServer(command, env, options) };
    }),
    Number(rounds),
    say,
  );

  const { env: screen } = await openScreen();
  const switches = switchesForMachine({ args: [], env: { ...process.env, ...screen }, say });
  const packed = packedApp();
  /** @type {Record<string, { command: string[], server?: object }>} */
  const apps = {
    'the clone, plain environment': {
      command: [electron, ...switches, root],
      server: { command: entry, identity: 'token' },
    },
    ...(other
      ? {
          'the other clone, plain environment': {
            command: [electron, ...switches, other.root],
            server: { command: other.entry, identity: 'token' },
          },
        }
      : {}),
    ...(hasFrozen ? { 'the clone, frozen': { command: [electron, ...switches, root], server: { bundle } } } : {}),
    ...(packed ? { [`packed (${relative(root, packed)})`]: { command: [packed, ...switches] } } : {}),
  };
  say('App');
  const appResults = await compare(
    Object.entries(apps).map(([name, { command, server }], at) => {
      const data = join(folder, `app-${at}`);
      const env = { ...withHome(data), ...screen, CACHIBOT_DESKTOP_SERVER: JSON.stringify(server) };
      return { name, time: () => timeApp(command, { env, data, cwd: folder }) };
    }),
    Number(rounds),
    say,
  );

  const machine = `${process.platform} ${process.arch} ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory`;
  if (json) {
    console.log(
      JSON.stringify({ machine, electron: why, rounds: Number(rounds), servers: serverResults, apps: appResults }),
    );
  } else {
    console.log(`${machine}; ${why}; medians of ${rounds}, in milliseconds\n`);
    console.log(table('Server', { firstPage: 'first page', apiReady: 'API ready' }, serverResults));
    console.log('');
    const columns = { spawn: 'server spawned', windowShown: 'window shown', firstText: 'first text', usable: 'usable' };
    console.log(table('App', columns, appResults));
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
// The virtual screen would keep this process running.
process.exit();

/**
 * Returns the entry point of another clone, which runs with its own packages, and where it reads the token.
 * @param {string} folder
 */
function otherClone(folder) {
  const root = resolve(folder);
  const python = interpreter(root, 'python');
  if (!existsSync(join(root, 'out', 'main.js')) || !existsSync(python))
    throw new UserError(`${root} is not a clone that is set up.`, 'Run this in it: node scripts/set-up.mjs');
  return { root, entry: [python, join(root, 'desktop', 'pyinstaller-server.py')], tokenIn: tokenInOf(root) };
}

/** Returns the newest packed app, or undefined. */
function packedApp() {
  try {
    return newestApp(root).executable;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say('Skipping the packed app, which is not built. Build it with: npm run dist -- --dir');
    return undefined;
  }
}
