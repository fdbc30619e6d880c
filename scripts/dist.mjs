// @ts-check
// `npm run dist`: packs the app with its frozen server and builds this system's installers in release/. Freezes the
// server first if resources/backend is empty.
//   --dir               builds only the unpacked app
//   --backend FOLDER    packs the frozen server in FOLDER; such a build is a rehearsal
//   --release           fails if the build would be a rehearsal, if the server is not frozen yet, or if it is too large
//   --warn-about-sizes  only warns if it is too large
import './setup/node-version.mjs';
import { statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { provideServer } from './backend/server-cache.mjs';
import { frozenServer, hasServer } from './dist/frozen-server.mjs';
import { ensureRpmbuild, installersIn, packFolder, packInstallers } from './dist/pack.mjs';
import { measureParts, sizeReport } from './dist/sizes.mjs';
import { outputs } from './dist/unpacked-app.mjs';
import { isPinned } from './offline/electron-runtime.mjs';
import { versionMismatches, versionsIn } from './release/versions.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.log;

/**
 * Returns a line that GitHub shows on the page of the run.
 * @param {string} text
 */
const warning = text => (process.env['GITHUB_ACTIONS'] ? `::warning::${text}` : `warning: ${text}`);

try {
  const { dir, backend, release, ...options } = parseArgs({
    options: {
      dir: { type: 'boolean' },
      backend: { type: 'string' },
      release: { type: 'boolean' },
      'warn-about-sizes': { type: 'boolean' },
    },
  }).values;
  const mismatches = versionMismatches(versionsIn(root));
  if (mismatches.length > 0)
    throw new UserError(mismatches.join(' '), 'To change all of them: npm run release -- prepare VERSION');
  // A release freezes and tests its server in an earlier step.
  if (backend !== undefined || release) frozenServer(root, backend);
  const { electron } = await setUp(root, { say });
  const logFile = join(root, '.setup', 'dist.log');
  writeFileSync(logFile, `Packing of ${new Date().toISOString()}, Node ${process.version}\n`);
  const work = { root, title: 'Packing of the app', logFile, say };
  const onLinux = process.platform === 'linux';
  // The tools of a rehearsal (scripts/offline) do not need rpmbuild.
  if (onLinux && !dir && backend === undefined && isPinned(root, electron)) await ensureRpmbuild(work);
  if (backend === undefined && !hasServer(root)) await provideServer(work);
  const packed = await packFolder(work, {
    electron,
    installers: !dir && !onLinux,
    ...(backend === undefined ? {} : { backend: resolve(backend) }),
  });
  if (packed.rehearsal && release)
    throw new UserError(
      `This build is only a rehearsal (${packed.rehearsal}).`,
      'Build it on a machine that can download the pinned Electron, with CACHIBOT_DESKTOP_PYTHON=release (docs/releasing.md).',
    );
  if (packed.rehearsal) say(`A REHEARSAL, not for release: ${packed.rehearsal}`);
  say(relative(root, packed.app.executable));
  if (!dir) {
    const output = packed.rehearsal ? outputs.rehearsal : outputs.release;
    const files = onLinux ? await packInstallers(work, packed) : installersIn(root, output);
    const installers = files.map(file => ({ file, bytes: statSync(join(root, file)).size }));
    // On macOS the program has a folder of its own.
    const { lines, overBudget } = sizeReport(installers, await measureParts(dirname(packed.app.resources)));
    say(['', ...lines, '', ...files].join('\n'));
    if (release && !options['warn-about-sizes'] && overBudget.length > 0)
      throw new UserError(overBudget.join(' '), 'The budgets are in scripts/dist/sizes.mjs.');
    for (const line of overBudget) say(warning(line));
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
