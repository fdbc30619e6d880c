// @ts-check
// The packed app, twice: as it is, and with the scripted server where the frozen one belongs.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { layBundle } from '../../test/fixtures/bundle.mjs';
import { frozenServer } from '../dist/frozen-server.mjs';
import { packFolder } from '../dist/pack.mjs';
import { outputs, unpackedAppIn } from '../dist/unpacked-app.mjs';

/** @typedef {import('../dist/unpacked-app.mjs').UnpackedApp} UnpackedApp */
/** @typedef {{ real: UnpackedApp, scripted: UnpackedApp, folder: string }} Apps */

/**
 * Copies of the packed app in a folder of their own, where every user of the machine can read them and nothing that a
 * row damages is anybody else's. Packs the app anew when its code has changed since.
 * @param {import('../setup/tool.mjs').Work} work
 * @param {string} electron
 * @returns {Promise<Apps>}
 */
export async function copyApps(work, electron) {
  const packed = (await upToDate(work)) ?? (await packFolder(work, { electron, driven: true })).app;
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-chaos-apps-'));
  spawnSync('chmod', ['755', folder]);
  const real = copyApp(packed, join(folder, 'real'));
  const scripted = copyApp(packed, join(folder, 'scripted'));
  // Beside them, because the clone may be closed to other users.
  const script = join(folder, 'scripted-server.mjs');
  copyFileSync(join(work.root, 'test', 'fixtures', 'scripted-server.mjs'), script);
  layBundle(join(scripted.resources, 'backend'), 'healthy', script);
  return { real, scripted, folder };
}

/**
 * A whole copy. The files are the same ones where the disk allows it: replace them, never write into them.
 * @param {UnpackedApp} app
 * @param {string} folder
 * @returns {UnpackedApp}
 */
export function copyApp({ executable, resources }, folder) {
  const from = dirname(executable);
  const linked = spawnSync('cp', ['-al', from, folder]);
  if (linked.status !== 0) {
    spawnSync('rm', ['-rf', folder]);
    const copied = spawnSync('cp', ['-a', from, folder], { encoding: 'utf8' });
    if (copied.status !== 0) throw new Error(`The packed app could not be copied: ${copied.stderr}`);
  }
  return { executable: join(folder, relative(from, executable)), resources: join(folder, relative(from, resources)) };
}

/**
 * The packed app, when nothing it is made of is newer.
 * @param {import('../setup/tool.mjs').Work} work
 */
async function upToDate({ root }) {
  const server = frozenServer(root);
  const app = unpackedAppIn(join(root, outputs.driven));
  if (app === undefined) return undefined;
  const madeFrom = [
    ...readdirSync(join(root, 'out'), { recursive: true }).map(name => join(root, 'out', String(name))),
    join(root, 'package.json'),
    join(root, 'electron-builder.yml'),
    join(server, 'manifest.json'),
  ];
  const changed = Math.max(...madeFrom.map(file => statSync(file).mtimeMs));
  const code = join(app.resources, 'app.asar');
  return existsSync(code) && statSync(code).mtimeMs > changed ? app : undefined;
}
