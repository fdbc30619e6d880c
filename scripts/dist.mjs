// @ts-check
// `npm run dist`: packs the app with its frozen server, and makes this system's installers of it in release/. Freezes
// the server when resources/backend has none.
//   --dir               only the unpacked folder
//   --backend FOLDER    another frozen server than resources/backend; such a build is a rehearsal
//   --release           fails where it could only be a rehearsal, and where the server was not frozen before
import './setup/node-version.mjs';
import { statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { provideServer } from './backend/cached.mjs';
import { frozenServer, hasServer } from './dist/frozen-server.mjs';
import { haveRpmbuild, installersIn, packFolder, packInstallers } from './dist/pack.mjs';
import { sizeReport, weigh } from './dist/sizes.mjs';
import { outputs } from './dist/unpacked-app.mjs';
import { isPinned } from './offline/electron-runtime.mjs';
import { disagreements, versionsIn } from './release/versions.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.log;

try {
  const { dir, backend, release } = parseArgs({
    options: {
      dir: { type: 'boolean' },
      backend: { type: 'string' },
      release: { type: 'boolean' },
    },
  }).values;
  const differing = disagreements(versionsIn(root));
  if (differing.length > 0) throw new UserError(differing.join(' '), 'npm run release -- prepare VERSION changes all.');
  // What is released has been frozen and proved by a step of its own.
  if (backend !== undefined || release) frozenServer(root, backend);
  const { electron } = await setUp(root, { say });
  const logFile = join(root, '.setup', 'dist.log');
  writeFileSync(logFile, `Packing of ${new Date().toISOString()}, Node ${process.version}\n`);
  const work = { root, title: 'Packing of the app', logFile, say };
  const onLinux = process.platform === 'linux';
  // What stands in for electron-builder's tools in a rehearsal needs none.
  if (onLinux && !dir && backend === undefined && isPinned(root, electron)) await haveRpmbuild(work);
  if (backend === undefined && !hasServer(root)) await provideServer(work);
  const packed = await packFolder(work, {
    electron,
    installers: !dir && !onLinux,
    ...(backend === undefined ? {} : { backend: resolve(backend) }),
  });
  if (packed.rehearsal && release)
    throw new UserError(
      `This can only be a rehearsal (${packed.rehearsal}).`,
      'Build it where the pinned Electron is.',
    );
  if (packed.rehearsal) say(`A REHEARSAL, not for release: ${packed.rehearsal}`);
  say(relative(root, packed.app.executable));
  if (!dir) {
    const made = packed.rehearsal ? outputs.rehearsal : outputs.release;
    const files = onLinux ? await packInstallers(work, packed) : installersIn(root, made);
    const installers = files.map(file => ({ file, bytes: statSync(join(root, file)).size }));
    const { lines, tooHeavy } = sizeReport(installers, await weigh(dirname(packed.app.executable)));
    say(['', ...lines, '', ...files].join('\n'));
    // What makes the rpm in a rehearsal compresses less: the budgets are for what is released.
    if (packed.rehearsal) for (const line of tooHeavy) say(`${line} A release is compressed better.`);
    else if (tooHeavy.length > 0) throw new UserError(tooHeavy.join(' '), 'The budgets are in scripts/dist/sizes.mjs.');
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
