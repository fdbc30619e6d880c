// @ts-check
// `npm start`: sets the clone up and runs the app on it. Arguments after `--` are the app's.
//   npm start -- --frozen    on the frozen server of resources/backend in place of the locked environment
import './setup/node-version.mjs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frozenServer } from './dist/frozen-server.mjs';
import { runElectron, switchesForMachine } from './run-electron.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
// All that is said here goes to stderr: with --smoke and --doctor stdout is the app's report and nothing else.
const say = console.error;

try {
  const frozen = process.argv.includes('--frozen');
  const args = process.argv.slice(2).filter(argument => argument !== '--frozen');
  const switches = switchesForMachine({ args, env: process.env, say }); // first: no display, no use in the rest
  const { electron, why, python } = await setUp(root, { say });
  const server = frozen
    ? { bundle: frozenServer(root) }
    : { command: [python, join(root, 'desktop', 'pyinstaller-server.py')], identity: 'token' };
  // Attaching is for `npm run dev`, wherever else the variable may be set.
  const { CACHIBOT_URL: _, ...inherited } = process.env;
  const env = { ...inherited, CACHIBOT_DESKTOP_SERVER: JSON.stringify(server) };
  say(`Starting CachiBot (${why})`);
  process.exitCode = await runElectron({ electron, root, switches, args, env });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
