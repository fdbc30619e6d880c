// @ts-check
// `npm run dist:test`: packs the app with a small scripted server in the frozen one's place, and tests the unpacked app.
import './setup/node-version.mjs';
import { join } from 'node:path';
import { layBundle } from '../test/fixtures/bundle.mjs';
import { packFolder } from './dist/pack.mjs';
import { report } from './testing/counted.mjs';
import { prepare } from './testing/prepare.mjs';
import { openScreen } from './testing/screen.mjs';
import { runVitest } from './testing/suites.mjs';

const { place } = await prepare();
const { root, output, env } = place;
const { app } = await packFolder(
  { root, title: 'Packing of the app', logFile: join(output, 'dist.log'), say: console.log },
  {
    electron: env.CACHIBOT_TEST_ELECTRON,
    backend: layBundle(join(root, '.setup', 'dist', 'scripted-server')),
    output: join('release', 'rehearsal-test'),
  },
);
const forTests = { CACHIBOT_TEST_APP: app.executable, CACHIBOT_TEST_RESOURCES: app.resources };
const withApp = { ...place, env: { ...env, ...(await openScreen()), ...forTests } };
process.exitCode = report(await runVitest(withApp, 'packaged', process.argv.slice(2)));
// The screen would keep this process alive.
process.exit();
