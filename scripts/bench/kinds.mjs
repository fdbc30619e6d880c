// @ts-check
// `node scripts/bench/kinds.mjs`: measures size and start time of the server as a folder (as shipped), as one file that
// unpacks itself, and in the unfrozen environment. Builds the one file, which takes as long as `npm run backend`.
//   --rounds N    number of starts of each (default: 5)
import '../setup/node-version.mjs';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PROGRAM, runFreezer } from '../backend/freeze.mjs';
import { frozenServer } from '../dist/frozen-server.mjs';
import { setUpFreezer } from '../setup/setup.mjs';
import { UserError } from '../setup/user-error.mjs';
import { compare, table } from './compare.mjs';
import { withHome } from './home.mjs';
import { timeServer } from './server-start.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const say = console.error;
const temporary = mkdtempSync(join(tmpdir(), 'cachibot-kinds-'));

try {
  const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } }).values;
  const bundle = frozenServer(root);
  const environments = await setUpFreezer(root, { say });
  const folder = join(root, '.setup', 'one-file');
  mkdirSync(folder, { recursive: true });
  const work = { root, title: 'One file', logFile: join(folder, 'freeze.log'), say };
  writeFileSync(work.logFile, '');
  say('Freezing the server as one file: two to four minutes');
  await runFreezer(work, { folder, ...environments }, join(root, 'scripts', 'bench', 'one-file.spec'));

  const oneFile = join(folder, 'dist', PROGRAM);
  const entry = join(root, 'desktop', 'pyinstaller-server.py');
  /** @type {Record<string, { path: string, command: string[] }>} */
  const kinds = {
    'a folder (shipped)': { path: bundle, command: [join(bundle, PROGRAM)] },
    'one file': { path: oneFile, command: [oneFile] },
    'plain environment, without its Python': {
      path: join(root, '.setup', 'python'),
      command: [environments.python, entry],
    },
  };
  const results = await compare(
    Object.entries(kinds).map(([name, { path, command }], at) => {
      const env = withHome(join(temporary, String(at)));
      return { name: `${name}, ${(sizeOf(path) / 1e6).toFixed(0)} MB`, measure: () => timeServer(command, env) };
    }),
    Number(rounds),
    say,
  );
  console.log(table('Server', { firstPage: 'first page', apiReady: 'API ready' }, results));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/**
 * Returns the size of a file, or of all files in a folder, in bytes.
 * @param {string} path
 * @returns {number}
 */
function sizeOf(path) {
  const about = lstatSync(path);
  if (!about.isDirectory()) return about.isSymbolicLink() ? 0 : about.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
