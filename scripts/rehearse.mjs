// @ts-check
// `npm run rehearse`: runs a whole release on this machine, into a local feed: release/rehearsal-feed. Tools that cannot
// be downloaded here are replaced (scripts/offline), each pinned by its hash. The result cannot be published.
//   --built   uses the installers of an earlier rehearsal
import './setup/node-version.mjs';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assetProblems, assetsIn } from './release/assets.mjs';
import { collectArtifacts } from './release/collect-artifacts.mjs';
import { verifyManifests } from './release/manifests.mjs';
import { publishToFolder, rehearsalProblem, signatureProblems } from './release/publish.mjs';
import { releaseNotes } from './release/release-notes.mjs';
import { makeKey, signManifests } from './release/signing.mjs';
import { versionMismatches, versionOf, versionsIn } from './release/versions.mjs';
import { UserError } from './setup/user-error.mjs';
import { prepare } from './testing/prepare.mjs';
import { report, sum } from './testing/results.mjs';
import { runSuites } from './testing/run-suites.mjs';
import { suites } from './testing/suites.mjs';

const { built } = parseArgs({ options: { built: { type: 'boolean' } } }).values;
const { testRun, pythonTools } = await prepare();
const { root } = testRun;
const say = console.log;
const all = suites(testRun, pythonTools, say);
const assets = join(root, '.setup', 'rehearsal', 'assets');
const feed = join(root, 'release', 'rehearsal-feed');
/** The updates.json of an app that trusts the rehearsal's key. */
const updates = join(root, '.setup', 'rehearsal', 'updates.json');
const version = versionOf(root);

/** @type {import('./testing/run-suites.mjs').Suites} */
const building = {
  'build-backend: freeze the server and test it': all.freeze,
  'build-backend: freeze the server for Windows under wine and test it, unless it is cached': all.freezeForWindows,
  'build-desktop: build the installers; install, start, upgrade and remove the app': all.rehearsedInstallers,
  'install: update the app for Windows while its server runs': () => all.windows({ files: ['installer'] }),
};
/** @type {import('./testing/run-suites.mjs').Suites} */
const steps = {
  'prepare: check that all files have the same version': async () => expectNone(versionMismatches(versionsIn(root))),
  ...(built ? {} : building),
  'smoke: start and quit the packed app': all.smoke,
  'workflows: lint them and run the first job': all.workflows,
  'verify: check every hash in every update manifest': async () => {
    await collectArtifacts([join(root, 'release'), join(root, 'release', 'rehearsal-windows')], assets);
    const { checked, wrong } = await verifyManifests(assets, version);
    say(`  ${checked} hashes checked`);
    expectNone(wrong);
  },
  'verify: check that no asset is missing, and that every asset is rejected as a rehearsal': async () => {
    const { all, installers } = assetsIn(assets);
    // A rehearsal builds nothing for macOS, only x64 for Windows, and no blockmaps.
    const notBuilt = /arm64|blockmap/;
    const problems = assetProblems(all, { systems: ['linux', 'windows'] }).filter(line => !notBuilt.test(line));
    expectNone(problems.filter(line => !line.endsWith('is a rehearsal.')));
    expectNone(installers.filter(name => !problems.includes(`${name} is a rehearsal.`)).map(name => `${name} passed.`));
    if (rehearsalProblem(all, 'feed') === undefined) throw new UserError('A real feed would have accepted it.', '');
  },
  'sign: with a temporary key': async () => {
    const { privateKey, publicKey } = makeKey();
    signManifests(assets, [privateKey]);
    writeFileSync(updates, JSON.stringify({ feed: 'https://rehearsal.invalid/', keys: [publicKey] }));
    if (signatureProblems(assets, join(root, 'build', 'updates.json')).length === 0)
      throw new UserError('Manifests signed with a temporary key could be published.', '');
  },
  'publish: to the local feed': async () => {
    rmSync(feed, { recursive: true, force: true });
    mkdirSync(feed, { recursive: true });
    for (const name of await publishToFolder(assets, feed, updates)) say(`  ${name}`);
    expectNone((await verifyManifests(feed, version)).wrong);
  },
  'update-release: write the release notes': async () => {
    writeFileSync(join(feed, 'release.md'), await releaseNotes(root, assets, version));
    say(`  ${join(feed, 'release.md')}`);
  },
};

process.exitCode = report(sum(await runSuites(steps), { skippedCountsAsFailed: true }));

/**
 * Throws a UserError that lists the problems, if there are any.
 * @param {string[]} problems
 */
function expectNone(problems) {
  if (problems.length > 0) throw new UserError(problems.join('\n'), '');
}
