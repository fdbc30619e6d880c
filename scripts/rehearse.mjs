// @ts-check
// `npm run rehearse`: the whole release on this machine, into a local feed: release/rehearsal-feed. What cannot be had
// here is replaced by stand-ins, each known by its hash; nothing of it can be published.
//   --built   with the installers that an earlier rehearsal has left
import './setup/node-version.mjs';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assetsIn, objections } from './release/assets.mjs';
import { gather } from './release/collect-artifacts.mjs';
import { verifyManifests } from './release/manifests.mjs';
import { publishToFolder, refusal, updateObjections } from './release/publish.mjs';
import { releaseBody } from './release/release-notes.mjs';
import { makeKey, signManifests } from './release/signing.mjs';
import { disagreements, versionOf, versionsIn } from './release/versions.mjs';
import { UserError } from './setup/user-error.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, sum } from './testing/results.mjs';
import { runSuites } from './testing/run-suites.mjs';
import { suites } from './testing/suites.mjs';

const { built } = parseArgs({ options: { built: { type: 'boolean' } } }).values;
const { place, pythonTools } = await prepare();
const { root } = place;
const say = console.log;
const all = suites(place, pythonTools, say);
const assets = join(root, '.setup', 'rehearsal', 'assets');
const feed = join(root, 'release', 'rehearsal-feed');
/** What an app would be packed with whose updates these are. */
const updates = join(root, '.setup', 'rehearsal', 'updates.json');
const version = versionOf(root);

/** @type {import('./testing/run-suites.mjs').Suites} */
const building = {
  'build-backend: the server freezes and passes its proofs': all.freeze,
  'build-desktop: the installers are made, installed, started, upgraded and removed': all.installers,
};
/** @type {import('./testing/run-suites.mjs').Suites} */
const steps = {
  'prepare: everything names one version': async () => none(disagreements(versionsIn(root))),
  ...(built ? {} : building),
  'smoke: the packed app starts, answers and leaves nothing': all.smoke,
  'the workflows': all.workflows,
  'verify: every hash in every update manifest': async () => {
    await gather([join(root, 'release'), join(root, 'release', 'rehearsal-windows')], assets);
    const { checked, wrong } = await verifyManifests(assets, version);
    say(`  ${checked} hashes recomputed`);
    none(wrong);
  },
  'verify: nothing is missing; all of it is a rehearsal, and refused as one': async () => {
    const { all, installers } = assetsIn(assets);
    // The rehearsal makes no Mac's, and Windows' for x64 only, without what makes updates small.
    const left = /arm64|blockmap/;
    const objected = objections(all, { systems: ['linux', 'windows'] }).filter(line => !left.test(line));
    none(objected.filter(line => !line.endsWith('is a rehearsal.')));
    none(installers.filter(name => !objected.includes(`${name} is a rehearsal.`)).map(name => `${name} passed.`));
    if (refusal(all, 'feed') === undefined) throw new UserError('A real feed would have taken it.', '');
  },
  'sign: with a throw-away key': async () => {
    const { privateKey, publicKey } = makeKey();
    signManifests(assets, [privateKey]);
    writeFileSync(updates, JSON.stringify({ feed: 'https://rehearsal.invalid/', keys: [publicKey] }));
    if (updateObjections(assets, join(root, 'build', 'updates.json')).length === 0)
      throw new UserError('What a throw-away key has signed could be published.', '');
  },
  'publish: into the local feed': async () => {
    rmSync(feed, { recursive: true, force: true });
    mkdirSync(feed, { recursive: true });
    for (const name of await publishToFolder(assets, feed, updates)) say(`  ${name}`);
    none((await verifyManifests(feed, version)).wrong);
  },
  'update-release: what the page of the release says': async () => {
    writeFileSync(join(feed, 'release.md'), await releaseBody(root, assets, version));
    say(`  ${join(feed, 'release.md')}`);
  },
};

process.exitCode = report(sum(await runSuites(steps), { skippedCountsAsFailed: true }));
/** @param {string[]} wrong */
function none(wrong) {
  if (wrong.length > 0) throw new UserError(wrong.join('\n'), '');
}
