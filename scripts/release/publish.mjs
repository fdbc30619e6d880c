// @ts-check
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { assetsIn } from './assets.mjs';
import { manifestsIn, readManifest } from './manifests.mjs';
import { objectionsToPublish, signaturesOf } from './signing.mjs';
import { compare } from './versions.mjs';

/**
 * Lays a release into a feed: a folder that updates come from. The manifests come last, so that nobody is told of a
 * file before it is there; older files stay, because updates are computed against them. Who is on a newer beta already
 * stays there.
 * @param {string} folder with the assets
 * @param {string} feed
 * @param {string} updates the updates.json that was packed
 * @returns {Promise<string[]>} names, in the order in which they were laid
 */
export async function publishToFolder(folder, feed, updates) {
  const { all, manifests } = assetsIn(folder);
  const refused = refusal(all, feed);
  if (refused) throw new UserError(refused, 'Only a folder that is named as one takes a rehearsal.');
  refuseUnsigned(folder, updates);
  const newer = [];
  for (const name of manifests) if (await isNewer(join(feed, name), join(folder, name))) newer.push(name);
  const stable = newer.find(name => name.startsWith('latest'));
  if (stable)
    throw new UserError(
      `${feed} offers a newer version (${stable}).`,
      'To take that back: docs/releasing.md, Withdrawing.',
    );
  const version = await versionIn(folder);
  /** @type {string[]} */
  const laid = [];
  for (const name of all) {
    const manifest = manifests.find(each => name === each || name === `${each}.sig`);
    if (manifest !== undefined && newer.includes(manifest)) continue;
    const target = manifest === undefined ? join(version, name) : name;
    lay(join(folder, name), join(feed, target));
    laid.push(target);
  }
  return laid;
}

/**
 * @param {string} there
 * @param {string} fresh
 */
async function isNewer(there, fresh) {
  if (!existsSync(there)) return false;
  return compare((await readManifest(there)).version, (await readManifest(fresh)).version) > 0;
}

/** @param {string} folder */
async function versionIn(folder) {
  const [name] = manifestsIn(folder);
  if (name === undefined) throw new UserError(`${folder} holds no update manifest.`, 'Gather the assets first.');
  return (await readManifest(join(folder, name))).version;
}

/**
 * @param {readonly string[]} names
 * @param {string} feed
 */
export function refusal(names, feed) {
  const rehearsal = names.find(name => name.includes('rehearsal'));
  const named = resolve(feed).split(sep).at(-1)?.includes('rehearsal') ?? false;
  return rehearsal !== undefined && !named ? `${rehearsal} is a rehearsal and cannot be published.` : undefined;
}

/**
 * Whole or not at all: who asks in between gets the old file.
 * @param {string} source
 * @param {string} target
 */
function lay(source, target) {
  const unfinished = `${target}.unfinished`;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, unfinished);
  renameSync(unfinished, target);
}

/**
 * Why nobody could update to these, as far as their signatures go; empty when they could. Each manifest has to be signed,
 * each signature to be right, and one of them by a key that the app knows.
 * @param {string} folder with the assets
 * @param {string} updates the updates.json that was packed
 */
export function updateObjections(folder, updates) {
  const known = JSON.parse(readFileSync(updates, 'utf8'));
  const names = manifestsIn(folder);
  if (names.length === 0) return objectionsToPublish(known, []);
  const all = names.flatMap(name => {
    const { keys, wrong } = signaturesOf(folder, name);
    return wrong.length > 0 ? wrong : objectionsToPublish(known, keys);
  });
  return [...new Set(all)];
}

/**
 * @param {string} folder
 * @param {string} updates
 */
function refuseUnsigned(folder, updates) {
  const objected = updateObjections(folder, updates);
  if (objected.length > 0)
    throw new UserError(`This may not be published: ${objected.join('; ')}.`, 'See docs/updates.md.');
}

/**
 * Publishes on GitHub as a draft: nobody sees it until every asset is there and a maintainer has published it. A draft that an
 * earlier run has left is filled up; what is published stays as it is.
 * @param {object} release
 * @param {string} release.folder
 * @param {string} release.version
 * @param {string} release.updates the updates.json that was packed
 * @param {(args: string[]) => Promise<string>} gh GitHub's own command
 */
export async function publishDraft({ folder, version, updates }, gh) {
  const { all } = assetsIn(folder);
  const refused = refusal(all, 'a real one');
  if (refused) throw new UserError(refused, 'Build it where the pinned Electron can be downloaded.');
  refuseUnsigned(folder, updates);
  const tag = `v${version}`;
  if (!(await hasDraft(tag, gh))) {
    const beta = version.includes('-') ? ['--prerelease'] : [];
    const title = ['--title', `CachiBot Desktop ${version}`, '--notes', 'The assets are being uploaded.'];
    await gh(['release', 'create', tag, '--verify-tag', '--draft', ...title, ...beta]);
  }
  await gh(['release', 'upload', tag, '--clobber', ...all.map(name => join(folder, name))]);
  const { assets } = JSON.parse(await gh(['release', 'view', tag, '--json', 'assets']));
  /** @type {string[]} */
  const there = assets.map((/** @type {{ name: string }} */ { name }) => name);
  const missing = all.filter(name => !there.includes(name));
  if (missing.length > 0)
    throw new UserError(`The draft lacks ${missing.join(', ')}.`, 'Run this job again: it fills the draft up.');
  const strange = there.filter(name => !all.includes(name));
  if (strange.length > 0)
    throw new UserError(`The draft also holds ${strange.join(', ')}.`, 'Delete the draft and run this job again.');
}

/**
 * Whether an earlier run has left a draft. Asks for the list: of one release, gh calls it an error, too, when it is not
 * there.
 * @param {string} tag
 * @param {(args: string[]) => Promise<string>} gh
 * @returns {Promise<boolean>} Throws when it is published.
 */
async function hasDraft(tag, gh) {
  /** @type {{ tagName: string, isDraft: boolean }[]} */
  const releases = JSON.parse(await gh(['release', 'list', '--limit', '1000', '--json', 'tagName,isDraft']));
  const same = releases.filter(({ tagName }) => tagName === tag);
  if (same.some(({ isDraft }) => !isDraft))
    throw new UserError(`${tag} is published already, and its files stay as they are.`, 'Release a newer version.');
  return same.length > 0;
}
