// @ts-check
// `npm run dist:test`: packs the app and tests the unpacked folder: its failure pages on a small scripted server in the
// frozen one's place, and the main job on the frozen one. `npm run dist:test -- NAME...` runs only files of that name.
import './setup/node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { layBundle } from '../test/fixtures/bundle.mjs';
import { packFolder } from './dist/pack.mjs';
import { report } from './testing/counted.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';
import { runVitest } from './testing/suites.mjs';

const { place } = await prepare();
const { root, output, env } = place;
const work = { root, title: 'Packing of the app', logFile: join(output, 'dist.log'), say: console.log };
const electron = env.CACHIBOT_TEST_ELECTRON;

const scripted = await packFolder(work, {
  electron,
  backend: layBundle(join(root, '.setup', 'dist', 'scripted-server')),
  output: join('release', 'rehearsal-test'),
});
/** @type {Record<string, string>} */
const apps = { CACHIBOT_TEST_APP: scripted.app.executable, CACHIBOT_TEST_RESOURCES: scripted.app.resources };
// Without it the tests that need it say so, and fail.
if (existsSync(join(root, 'resources', 'backend', 'manifest.json'))) {
  const { app } = await packFolder(work, { electron });
  apps['CACHIBOT_TEST_FROZEN_APP'] = app.executable;
  apps['CACHIBOT_TEST_FROZEN_RESOURCES'] = app.resources;
}
const withApps = { ...place, env: { ...env, ...(await openScreen()), ...apps } };
process.exitCode = report(await runVitest(withApps, 'packaged', process.argv.slice(2)));
// The screen would keep this process alive.
process.exit();
