/** Builds AppImages, debs and rpms: those of a release, and automatable copies for the update tests. */

import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { writeManifest } from '../../scripts/backend/manifest.mjs';
import { packInstallers } from '../../scripts/dist/pack.mjs';
import { outputs, type UnpackedApp } from '../../scripts/dist/unpacked-app.mjs';
import { sitePackages } from '../../scripts/setup/python.mjs';
import { setUpFreezer } from '../../scripts/setup/setup.mjs';
import { runTool, type Work } from '../../scripts/setup/tool.mjs';
import { writeBundle } from '../fixtures/bundle.mjs';
import { automatableCopy, type Change, rehearsalReason } from './apps';
import { ARTIFACTS, cachedArtifacts } from './artifact-cache';
import type { TestFeed } from './test-feed';

export type Target = 'AppImage' | 'deb' | 'rpm';

/** One installer of a version, as its update manifest describes it. */
export interface Build {
  version: string;
  file: string;
  /** Base64. */
  sha512: string;
  size: number;
  /** Size in bytes of the block map at the end of an AppImage. */
  blockMapSize?: number;
}

/** An automatable copy of the app, and the installers to build from it. */
interface Recipe {
  version: string;
  server: 'scripted' | 'crashing' | 'frozen' | 'patched';
  targets: readonly Target[];
}

export const VERSIONS = { older: '0.0.1', newer: '2.0.0', newest: '3.0.0' } as const;

const ALL: readonly Target[] = ['AppImage', 'deb', 'rpm'];

/** Builds for the update tests. `npm run install-test` upgrades from the packages of `older`, too. */
const RECIPES = {
  older: { version: VERSIONS.older, server: 'scripted', targets: ALL },
  newer: { version: VERSIONS.newer, server: 'scripted', targets: ALL },
  newest: { version: VERSIONS.newest, server: 'scripted', targets: ['AppImage'] },
  crashing: { version: VERSIONS.newer, server: 'crashing', targets: ['AppImage'] },
  'real-older': { version: VERSIONS.older, server: 'frozen', targets: ['AppImage'] },
  'real-newer': { version: VERSIONS.newer, server: 'frozen', targets: ['AppImage'] },
  patched: { version: VERSIONS.newer, server: 'patched', targets: ['AppImage'] },
} satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof RECIPES;

/** A package near the start of the module archive, so that every module after it moves. */
const PATCHED_PACKAGE = 'anyio';
const MANIFEST = 'latest-linux.yml';

/**
 * Builds the installers of a release from the packed app, in release/.
 * @returns the absolute paths of the installers
 */
export async function releaseInstallers(work: Work, app: UnpackedApp): Promise<string[]> {
  const { root } = work;
  const files = await cachedArtifacts(root, { name: 'release', inputs: sources(root, app), options: {} }, async () => {
    const made = await packInstallers(work, { app, rehearsal: rehearsalReason(app) });
    return [...made, join(outputs.release, MANIFEST)].map(file => join(root, file));
  });
  return files.filter(file => !file.endsWith(MANIFEST));
}

/**
 * Builds the installers of one recipe from a copy of the packed app that updates itself from the feed.
 * @returns a function that returns the build for a target, and throws for a target that the recipe lacks
 */
export async function automatableInstallers(
  work: Work,
  app: UnpackedApp,
  { updates }: TestFeed,
  name: RecipeName,
): Promise<(target: Target) => Build> {
  const { root } = work;
  const recipe: Recipe = RECIPES[name];
  const { version, targets } = recipe;
  const output = join(ARTIFACTS, name);
  const options = { recipe, updates };
  const inputs = [...sources(root, app), ...copySources(root)];
  const made = await cachedArtifacts(root, { name, inputs, options }, async () => {
    const folder = join(root, output, 'app');
    const replaceServer = serverReplacement(recipe, app);
    const copy = await automatableCopy(app, folder, { version, updates, ...(replaceServer ? { replaceServer } : {}) });
    if (recipe.server === 'patched') await patchServer(work, join(copy.resources, 'backend'));
    const packed = { app: copy, rehearsal: 'tests can drive it' };
    const files = await packInstallers(work, packed, { version, output, targets, quick: true });
    rmSync(folder, { recursive: true });
    work.say(`  ${files.join(', ')}`);
    return [...files, join(output, MANIFEST)].map(file => join(root, file));
  });
  return target => findBuild(made, version, target);
}

function serverReplacement({ server }: Recipe, app: UnpackedApp): Change['replaceServer'] {
  switch (server) {
    case 'scripted':
      return folder => void writeBundle(folder);
    case 'crashing':
      return folder => void writeBundle(folder, 'crash');
    case 'frozen':
      return undefined;
    case 'patched':
      // A real copy, not hard links: it is changed in place.
      return folder => cpSync(join(app.resources, 'backend'), folder, { recursive: true, verbatimSymlinks: true });
  }
}

/** Replaces one Python package of a frozen server by a patch release. */
async function patchServer(work: Work, backend: string): Promise<void> {
  const { freezer } = await setUpFreezer(work.root, work);
  const script = join(__dirname, 'change-package.py');
  const output = await runTool(work, freezer, [script, backend, PATCHED_PACKAGE, sitePackages(work.root, 'python')]);
  work.say(`  ${output.trim()}`);
  writeManifest(backend);
}

function findBuild(files: readonly string[], version: string, target: Target): Build {
  const manifest: { files: { url: string; sha512: string; size: number; blockMapSize?: number }[] } = parse(
    readFileSync(files.find(file => file.endsWith(MANIFEST)) ?? '', 'utf8'),
  );
  const described = manifest.files.find(({ url }) => url.endsWith(`.${target}`));
  const file = files.find(name => name.endsWith(`.${target}`));
  if (described === undefined || file === undefined) throw new Error(`There is no ${target} of ${version}.`);
  const { sha512, size, blockMapSize } = described;
  return { version, file, sha512, size, ...(blockMapSize === undefined ? {} : { blockMapSize }) };
}

function sources(root: string, { resources }: UnpackedApp): string[] {
  return [
    join(resources, 'app.asar'),
    join(resources, 'backend', 'manifest.json'),
    ...['electron-builder.yml', 'package.json', 'build', 'scripts/dist'].map(path => join(root, path)),
  ];
}

/** Files that determine how copies of the app are made. */
function copySources(root: string): string[] {
  const drivers = ['apps.ts', 'change-package.py', 'linux-installers.ts'].map(name => `test/drivers/${name}`);
  return [...drivers, 'test/fixtures/bundle.mjs', 'scripts/backend/manifest.mjs'].map(path => join(root, path));
}
