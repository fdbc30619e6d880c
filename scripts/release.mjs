// @ts-check
// `npm run release -- STEP`: the steps of a release, which run the same way here and in CI (docs/releasing.md).
//   check                       checks that all files have the same version
//     --tag v1.2.3              and that it is the version of this tag
//   prepare VERSION             changes the version in all files
//   verify-notarization         on a Mac: checks that macOS accepts the app that npm run dist has signed
//   collect-artifacts TO FROM...  collects the installers of several machines in one folder
//   verify FOLDER               checks every hash, and that no asset is missing, a rehearsal or unsigned
//     --systems linux,windows   expects assets of these systems only
//     --unsigned                allows unsigned builds (or CACHIBOT_DESKTOP_UNSIGNED=yes)
//   release-notes FOLDER        prints the release notes
//   draft FOLDER                uploads all assets to a draft release on GitHub
//   describe FOLDER             writes the release notes, with size and checksum of each asset, to that draft
//   feed FOLDER FEED            copies a release to FEED, a folder that serves updates
import './setup/node-version.mjs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installersIn } from './dist/pack.mjs';
import { outputs, unpackedAppIn } from './dist/unpacked-app.mjs';
import { assetProblems, assetsIn, unsignedInstallers } from './release/assets.mjs';
import { collectArtifacts } from './release/collect-artifacts.mjs';
import { verifyManifests } from './release/manifests.mjs';
import { publishDraft, publishToFolder } from './release/publish.mjs';
import { releaseNotes } from './release/release-notes.mjs';
import { isUnsigned, verifyMacApp } from './release/verify-notarization.mjs';
import { setVersion, versionMismatches, versionOf, versionsIn } from './release/versions.mjs';
import { UserError } from './setup/user-error.mjs';
import { runChild } from './testing/child.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const updates = join(root, 'build', 'updates.json');
const say = console.log;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { systems: { type: 'string' }, unsigned: { type: 'boolean' }, tag: { type: 'string' } },
});
const [step = '', ...args] = positionals;

/** @type {Record<string, () => Promise<void> | void>} */
const steps = {
  check() {
    const mismatches = versionMismatches(versionsIn(root));
    if (mismatches.length > 0) throw new UserError(mismatches.join('\n'), '');
    if (values.tag !== undefined && values.tag !== `v${versionOf(root)}`)
      throw new UserError(
        `The tag is ${values.tag}, but the version in package.json is ${versionOf(root)}.`,
        'Delete the tag and create it again.',
      );
    say(`all files have version ${versionOf(root)}`);
  },
  prepare() {
    setVersion(root, argument(0, 'VERSION'), new Date().toISOString().slice(0, 10));
    say(`all files now have version ${versionOf(root)}; commit them and create the tag v${versionOf(root)}`);
  },
  async 'verify-notarization'() {
    const app = unpackedAppIn(join(root, outputs.release), { platform: 'darwin', arch: process.arch });
    const installers = app ? installersIn(root, outputs.release) : [];
    if (app === undefined || installers.length === 0)
      throw new UserError('There is no app for macOS.', 'Build it with: npm run dist');
    if (installers.some(isUnsigned))
      return say(`not signed, as their names say: ${installers.map(name => basename(name))}`);
    const folder = resolve(app.resources, '../..');
    await verifyMacApp(folder, (program, ...args) => runChild(program, args, { cwd: root, quiet: true }));
    say(`macOS accepts ${folder}`);
  },
  async 'collect-artifacts'() {
    await collectArtifacts(args.slice(1), argument(0, 'TO'));
    say(assetsIn(argument(0, 'TO')).all.join('\n'));
  },
  async verify() {
    const folder = argument(0, 'FOLDER');
    const { checked, wrong } = await verifyManifests(folder, versionOf(root));
    const unsigned = !!values.unsigned || process.env['CACHIBOT_DESKTOP_UNSIGNED'] === 'yes';
    const allowed = { ...(values.systems ? { systems: values.systems.split(',') } : {}), unsigned };
    const all = [...wrong, ...assetProblems(assetsIn(folder).all, allowed), ...unsignedInstallers(folder)];
    if (all.length > 0) throw new UserError(all.join('\n'), '');
    say(`${checked} hashes checked; no problems found`);
  },
  async 'release-notes'() {
    process.stdout.write(await releaseNotes(root, argument(0, 'FOLDER'), versionOf(root)));
  },
  async draft() {
    await publishDraft({ folder: argument(0, 'FOLDER'), version: versionOf(root), updates }, gh);
    say(`v${versionOf(root)} is now a draft; publish it on its page`);
  },
  async describe() {
    const notes = await releaseNotes(root, argument(0, 'FOLDER'), versionOf(root));
    await gh(['release', 'edit', `v${versionOf(root)}`, '--notes', notes]);
  },
  async feed() {
    for (const name of await publishToFolder(argument(0, 'FOLDER'), argument(1, 'FEED'), updates)) say(name);
  },
};

/**
 * Returns an argument of the step. Throws a UserError if it is missing.
 * @param {number} index
 * @param {string} name
 */
function argument(index, name) {
  const value = args[index];
  if (value === undefined) throw new UserError(`npm run release -- ${step} needs ${name}.`, 'See docs/releasing.md.');
  return value;
}

/**
 * Runs GitHub's command-line tool. Returns its output.
 * @param {string[]} args
 */
async function gh(args) {
  const { code, output } = await runChild('gh', args, { cwd: root, quiet: true });
  if (code !== 0) throw new UserError(`gh ${args[0]} ${args[1]} failed: ${output.trim()}`, '');
  return output;
}

try {
  const run = steps[step];
  if (run === undefined)
    throw new UserError(`There is no step “${step}”.`, `The steps are ${Object.keys(steps).join(', ')}.`);
  await run();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
