// @ts-check
// `npm run dist`: packs the app with its frozen server, and makes this system's installers of it in release/.
//   --dir               only the unpacked folder
//   --backend FOLDER    another frozen server than resources/backend; such a build is a rehearsal
//   --output FOLDER     relative to the clone
import './setup/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { frozenServer } from './dist/frozen-server.mjs';
import { packFolder, packInstallers } from './dist/pack.mjs';
import { setUp } from './setup/setup.mjs';
import { Trouble } from './setup/trouble.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.log;

try {
  const { dir, backend, output } = parseArgs({
    options: { dir: { type: 'boolean' }, backend: { type: 'string' }, output: { type: 'string' } },
  }).values;
  frozenServer(root, backend); // first: it takes minutes to build, and the rest is of no use without it
  const { electron } = await setUp(root, { say });
  const logFile = join(root, '.setup', 'dist.log');
  mkdirSync(join(root, '.setup'), { recursive: true });
  writeFileSync(logFile, `Packing of ${new Date().toISOString()}, Node ${process.version}\n`);
  const work = { root, title: 'Packing of the app', logFile, say };
  const packed = await packFolder(work, {
    electron,
    ...(backend === undefined ? {} : { backend: resolve(backend) }),
    ...(output === undefined ? {} : { output }),
  });
  if (packed.rehearsal) say(`A REHEARSAL, not for release: ${packed.rehearsal}`);
  say(relative(root, packed.app.executable));
  if (!dir) for (const file of await packInstallers(work, packed)) say(file);
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
