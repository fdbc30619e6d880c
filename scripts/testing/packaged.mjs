// @ts-check
import { join } from 'node:path';
import { layBundle } from '../../test/fixtures/bundle.mjs';
import { hasServer } from '../dist/frozen-server.mjs';
import { packFolder } from '../dist/pack.mjs';
import { runVitest } from './suites.mjs';

/**
 * Packs the app and tests the unpacked folder: its failure pages on a small scripted server in the frozen one's place,
 * and the main job on the frozen one.
 * @param {import('./suites.mjs').Place} place with a screen
 * @param {string[]} [filters]
 */
export async function testPackaged(place, filters = []) {
  const { root, output, env } = place;
  const work = { root, title: 'Packing of the app', logFile: join(output, 'dist.log'), say: console.log };
  const electron = String(env['CACHIBOT_TEST_ELECTRON']);
  const scripted = await packFolder(work, {
    electron,
    backend: layBundle(join(root, '.setup', 'dist', 'scripted-server')),
    output: join('release', 'rehearsal-test'),
    driven: true,
  });
  /** @type {Record<string, string>} */
  const apps = { CACHIBOT_TEST_APP: scripted.app.executable, CACHIBOT_TEST_RESOURCES: scripted.app.resources };
  // Without it the tests that need it say so, and fail.
  if (hasServer(root)) {
    const { app } = await packFolder(work, { electron, driven: true });
    apps['CACHIBOT_TEST_FROZEN_APP'] = app.executable;
    apps['CACHIBOT_TEST_FROZEN_RESOURCES'] = app.resources;
  }
  return runVitest({ ...place, env: { ...env, ...apps } }, 'packaged', filters);
}
