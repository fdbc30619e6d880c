// @ts-check
// Newer versions of the Node packages that package.json pins.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {{ version: string, 'engines.node'?: string }} Published one version, as `npm view` shows it */
/** @typedef {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string>, engines: { node: string } }} Manifest */

/** Folders that have a package.json and a lock file. */
const FOLDERS = ['', join('test', 'mutation')];

/** Packages that must stay in a range, with the reason. */
const HELD = new Map([
  ['@types/node', { range: '20', why: 'describes Node 20, the oldest that runs the scripts' }],
  ['@mermaid-js/tiny', { range: '11', why: 'the version that CachiBot’s page asks for' }],
]);

/**
 * Returns the files that contain the pins of Node packages, relative to root.
 * @param {string} root
 */
export function nodePinFiles(root) {
  return FOLDERS.flatMap(folder => [join(folder, 'package.json'), join(folder, 'package-lock.json')]).filter(file =>
    existsSync(join(root, file)),
  );
}

/**
 * Raises every pin to the newest release that supports our oldest Node, and updates the lock files.
 * @param {Work} work
 * @returns {Promise<string[]>} changes, one line each
 */
export async function raiseNodePins(work) {
  const lines = [];
  const { engines } = readManifest(work.root, '');
  for (const folder of FOLDERS.filter(name => existsSync(join(work.root, name, 'package.json')))) {
    const manifest = readManifest(work.root, folder);
    const changed = await raise(work, manifest, engines.node);
    if (changed.length === 0) continue;
    writeFileSync(join(work.root, folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await runNpm(work, ['install', '--package-lock-only', '--ignore-scripts'], { cwd: join(work.root, folder) });
    lines.push(...changed);
  }
  return lines;
}

/**
 * Returns the newest stable version that supports a version of Node. The tag `latest` is not used: Electron's points to
 * an older branch after each fix of that branch.
 * @param {readonly Published[]} published in any order
 * @param {string} node oldest Node that it must support, such as 20.19.0
 * @param {typeof import('semver')} semver
 * @returns {string | undefined}
 */
export function newestFor(published, node, semver) {
  const fits = published.filter(
    ({ version, 'engines.node': engines = '*' }) =>
      semver.prerelease(version) === null && semver.satisfies(node, engines),
  );
  return semver.rsort(fits.map(({ version }) => version))[0];
}

/**
 * Changes the pins of a manifest to the newest versions. Returns the changes, one line each.
 * @param {Work} work
 * @param {Manifest} manifest
 * @param {string} engines range of Node, such as >=20.19
 */
async function raise(work, manifest, engines) {
  const semver = await loadSemver();
  const node = semver.minVersion(engines)?.version ?? process.versions.node;
  const lines = [];
  for (const pins of [manifest.dependencies ?? {}, manifest.devDependencies ?? {}])
    for (const [name, version] of Object.entries(pins)) {
      const spec = `${name}@${HELD.get(name)?.range ?? '*'}`;
      const shown = JSON.parse(await runNpm(work, ['view', spec, 'version', 'engines.node', '--json']));
      const newest = newestFor([shown].flat(), node, semver);
      if (newest === undefined || !semver.gt(newest, version)) continue;
      pins[name] = newest;
      lines.push(`${name}: ${version} → ${newest}`);
    }
  return lines;
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {Manifest}
 */
function readManifest(root, folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** @returns {Promise<typeof import('semver')>} */
async function loadSemver() {
  try {
    return (await import('semver')).default;
  } catch {
    throw new UserError('The Node packages are not installed.', 'Install them first: npm ci');
  }
}
