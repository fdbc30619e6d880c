// @ts-check
// `npm start`: sets up the clone and runs the app. Arguments after `--` are passed to the app.
//   npm start -- --frozen    uses the frozen server in resources/backend instead of the locked environment
import './setup/node-version.mjs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frozenServer } from './dist/frozen-server.mjs';
import { runElectron, switchesForMachine } from './run-electron.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
// Messages go to stderr: with --smoke and --doctor, stdout contains only the app's report.
const say = console.error;

try {
  const frozen = process.argv.includes('--frozen');
  const args = process.argv.slice(2).filter(argument => argument !== '--frozen');
  const switches = switchesForMachine({ args, env: process.env, say }); // before the set-up, because it fails without a display
  const { electron, why, python } = await setUp(root, { say });
  const server = frozen
    ? { bundle: frozenServer(root) }
    : { command: [python, join(root, 'desktop', 'pyinstaller-server.py')], identity: 'token' };
  // Only `npm run dev` attaches to a running server.
  const { CACHIBOT_URL: _, ...inherited } = process.env;
  const env = { ...inherited, CACHIBOT_DESKTOP_SERVER: JSON.stringify(server) };
  say(`Starting CachiBot (${why})`);
  process.exitCode = await runElectron({ electron, root, switches, args, env });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
