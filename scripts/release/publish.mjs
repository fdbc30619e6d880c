// @ts-check
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { assetsIn } from './assets.mjs';
import { manifestsIn, readManifest } from './manifests.mjs';
import { keyProblems, verifySignatures } from './signing.mjs';
import { compareVersions } from './versions.mjs';

/**
 * Copies a release to a feed, a folder that serves updates. Copies the manifests last, so that they never name a file
 * that is missing. Keeps older files, because differential updates need them, and keeps a newer beta. Throws a UserError
 * if the release must not be published.
 * @param {string} folder with the assets
 * @param {string} feed
 * @param {string} updates the updates.json that was packed
 * @returns {Promise<string[]>} paths in the feed, in the order of copying
 */
export async function publishToFolder(folder, feed, updates) {
  const { all, manifests } = assetsIn(folder);
  const refused = rehearsalProblem(all, feed);
  if (refused) throw new UserError(refused, 'A rehearsal needs a feed with "rehearsal" in its name.');
  requireSignatures(folder, updates);
  const newer = [];
  for (const name of manifests) if (await isNewer(join(feed, name), join(folder, name))) newer.push(name);
  const stable = newer.find(name => name.startsWith('latest'));
  if (stable)
    throw new UserError(`${feed} offers a newer version (${stable}).`, 'To withdraw it, see docs/releasing.md.');
  const version = await versionIn(folder);
  /** @type {string[]} */
  const copied = [];
  for (const name of all) {
    const manifest = manifests.find(each => name === each || name === `${each}.sig`);
    if (manifest !== undefined && newer.includes(manifest)) continue;
    const target = manifest === undefined ? join(version, name) : name;
    copyAtomically(join(folder, name), join(feed, target));
    copied.push(target);
  }
  return copied;
}

/**
 * Whether the manifest in the feed has a newer version than the manifest to publish.
 * @param {string} published
 * @param {string} candidate
 */
async function isNewer(published, candidate) {
  if (!existsSync(published)) return false;
  return compareVersions((await readManifest(published)).version, (await readManifest(candidate)).version) > 0;
}

/** @param {string} folder */
async function versionIn(folder) {
  const [name] = manifestsIn(folder);
  if (name === undefined) throw new UserError(`${folder} contains no update manifest.`, 'Collect the assets first.');
  return (await readManifest(join(folder, name))).version;
}

/**
 * Returns a message if one of the assets is a rehearsal and the feed is not for rehearsals; else undefined.
 * @param {readonly string[]} names
 * @param {string} feed
 */
export function rehearsalProblem(names, feed) {
  const rehearsal = names.find(name => name.includes('rehearsal'));
  const isRehearsalFeed = resolve(feed).split(sep).at(-1)?.includes('rehearsal') ?? false;
  return rehearsal !== undefined && !isRehearsalFeed
    ? `${rehearsal} is a rehearsal and cannot be published.`
    : undefined;
}

/**
 * Copies a file. Until the copy is complete, the feed serves the old file.
 * @param {string} source
 * @param {string} target
 */
function copyAtomically(source, target) {
  const unfinished = `${target}.unfinished`;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, unfinished);
  renameSync(unfinished, target);
}

/**
 * Returns the problems with the signatures of a folder's manifests that would keep apps from updating: each manifest must
 * be signed, each signature must be valid, and at least one must be from a key that the app knows.
 * @param {string} folder with the assets
 * @param {string} updates the updates.json that was packed
 */
export function signatureProblems(folder, updates) {
  const known = JSON.parse(readFileSync(updates, 'utf8'));
  const names = manifestsIn(folder);
  if (names.length === 0) return keyProblems(known, []);
  const all = names.flatMap(name => {
    const { keys, wrong } = verifySignatures(folder, name);
    return wrong.length > 0 ? wrong : keyProblems(known, keys);
  });
  return [...new Set(all)];
}

/**
 * Throws a UserError if there are problems with the signatures.
 * @param {string} folder
 * @param {string} updates
 */
function requireSignatures(folder, updates) {
  const problems = signatureProblems(folder, updates);
  if (problems.length > 0)
    throw new UserError(`This must not be published: ${problems.join('; ')}.`, 'See docs/updates.md.');
}

/**
 * Uploads the assets to a draft release on GitHub, which is not visible until a maintainer publishes it. Reuses the draft
 * of an earlier run. Throws a UserError if the version is published already.
 * @param {object} release
 * @param {string} release.folder
 * @param {string} release.version
 * @param {string} release.updates the updates.json that was packed
 * @param {(args: string[]) => Promise<string>} gh GitHub's own command
 */
export async function publishDraft({ folder, version, updates }, gh) {
  const { all } = assetsIn(folder);
  const refused = rehearsalProblem(all, 'github');
  if (refused) throw new UserError(refused, 'Build it where the pinned Electron can be downloaded.');
  requireSignatures(folder, updates);
  const tag = `v${version}`;
  if (!(await hasDraft(tag, gh))) {
    const beta = version.includes('-') ? ['--prerelease'] : [];
    const title = ['--title', `CachiBot Desktop ${version}`, '--notes', 'The assets are being uploaded.'];
    await gh(['release', 'create', tag, '--verify-tag', '--draft', ...title, ...beta]);
  }
  await gh(['release', 'upload', tag, '--clobber', ...all.map(name => join(folder, name))]);
  const { assets } = JSON.parse(await gh(['release', 'view', tag, '--json', 'assets']));
  /** @type {string[]} */
  const uploaded = assets.map((/** @type {{ name: string }} */ { name }) => name);
  const missing = all.filter(name => !uploaded.includes(name));
  if (missing.length > 0)
    throw new UserError(`The draft lacks ${missing.join(', ')}.`, 'Run this job again: it uploads them again.');
  const unexpected = uploaded.filter(name => !all.includes(name));
  if (unexpected.length > 0)
    throw new UserError(
      `The draft also contains ${unexpected.join(', ')}.`,
      'Delete the draft and run this job again.',
    );
}

/**
 * Whether an earlier run has created the draft. Throws a UserError if the release is published. Lists all releases,
 * because `gh release view` fails in the same way for a missing release and for an error.
 * @param {string} tag
 * @param {(args: string[]) => Promise<string>} gh
 * @returns {Promise<boolean>}
 */
async function hasDraft(tag, gh) {
  /** @type {{ tagName: string, isDraft: boolean }[]} */
  const releases = JSON.parse(await gh(['release', 'list', '--limit', '1000', '--json', 'tagName,isDraft']));
  const same = releases.filter(({ tagName }) => tagName === tag);
  if (same.some(({ isDraft }) => !isDraft))
    throw new UserError(`${tag} is published already, and its files must not change.`, 'Release a newer version.');
  return same.length > 0;
}
