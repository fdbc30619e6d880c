// @ts-check
// `npm run release -- STEP`: the steps of a release, each of which runs here as on a hosted machine (docs/releasing.md).
//   check                       everything names one version
//     --tag v1.2.3              and so does this tag
//   prepare VERSION             makes everything name a new one
//   trusted                     on a Mac: does the system believe the app that npm run dist has signed?
//   gather TO FROM...           lays what several machines have built into one folder
//   verify FOLDER               recomputes every hash; is anything missing, a rehearsal, unsigned?
//     --systems linux,windows   not of all three
//     --unsigned                unsigned builds are meant to be among them (or CACHIBOT_DESKTOP_UNSIGNED=yes)
//   body FOLDER                 prints what the release's page says
//   draft FOLDER                publishes on GitHub, as a draft, when every asset is there
//   describe FOLDER             writes size and checksum of each asset on that draft's page
//   feed FOLDER FEED            lays a release into a folder that updates come from
import './setup/node-version.mjs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installersIn } from './dist/pack.mjs';
import { outputs, unpackedAppIn } from './dist/unpacked-app.mjs';
import { assetsIn, objections } from './release/assets.mjs';
import { gather } from './release/collect-artifacts.mjs';
import { verifyManifests } from './release/manifests.mjs';
import { publishDraft, publishToFolder } from './release/publish.mjs';
import { releaseBody } from './release/release-notes.mjs';
import { expectMacTrusts, isUnsigned } from './release/verify-notarization.mjs';
import { disagreements, prepare, versionOf, versionsIn } from './release/versions.mjs';
import { UserError } from './setup/user-error.mjs';
import { runChild } from './testing/child.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const updates = join(root, 'build', 'updates.json');
const say = console.log;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { systems: { type: 'string' }, unsigned: { type: 'boolean' }, tag: { type: 'string' } },
});
const [step = '', ...words] = positionals;

/** @type {Record<string, () => Promise<void> | void>} */
const steps = {
  check() {
    const differing = disagreements(versionsIn(root));
    if (differing.length > 0) throw new UserError(differing.join('\n'), '');
    if (values.tag !== undefined && values.tag !== `v${versionOf(root)}`)
      throw new UserError(`The tag is ${values.tag}, and package.json says ${versionOf(root)}.`, 'Tag it anew.');
    say(`everything names ${versionOf(root)}`);
  },
  prepare() {
    prepare(root, word(0, 'VERSION'), new Date().toISOString().slice(0, 10));
    say(`everything names ${versionOf(root)} now; commit that, and tag it v${versionOf(root)}`);
  },
  async trusted() {
    const app = unpackedAppIn(join(root, outputs.release), { platform: 'darwin', arch: process.arch });
    const installers = app ? installersIn(root, outputs.release) : [];
    if (app === undefined || installers.length === 0) throw new UserError('There is no app for macOS.', 'npm run dist');
    if (installers.some(isUnsigned))
      return say(`not signed, as the names say: ${installers.map(name => basename(name))}`);
    const folder = resolve(app.resources, '../..');
    await expectMacTrusts(folder, (program, ...args) => runChild(program, args, { cwd: root, quiet: true }));
    say(`macOS believes ${folder}`);
  },
  async gather() {
    await gather(words.slice(1), word(0, 'TO'));
    say(assetsIn(word(0, 'TO')).all.join('\n'));
  },
  async verify() {
    const folder = word(0, 'FOLDER');
    const { checked, wrong } = await verifyManifests(folder, versionOf(root));
    const unsigned = !!values.unsigned || process.env['CACHIBOT_DESKTOP_UNSIGNED'] === 'yes';
    const allowed = { ...(values.systems ? { systems: values.systems.split(',') } : {}), unsigned };
    const all = [...wrong, ...objections(assetsIn(folder).all, allowed)];
    if (all.length > 0) throw new UserError(all.join('\n'), '');
    say(`${checked} hashes recomputed; nothing is missing and nothing is wrong`);
  },
  async body() {
    process.stdout.write(await releaseBody(root, word(0, 'FOLDER'), versionOf(root)));
  },
  async draft() {
    await publishDraft({ folder: word(0, 'FOLDER'), version: versionOf(root), updates }, gh);
    say(`v${versionOf(root)} is a draft now; publish it on its page`);
  },
  async describe() {
    const body = await releaseBody(root, word(0, 'FOLDER'), versionOf(root));
    await gh(['release', 'edit', `v${versionOf(root)}`, '--notes', body]);
  },
  async feed() {
    for (const name of await publishToFolder(word(0, 'FOLDER'), word(1, 'FEED'), updates)) say(name);
  },
};

/**
 * @param {number} at
 * @param {string} what
 */
function word(at, what) {
  const given = words[at];
  if (given === undefined) throw new UserError(`npm run release -- ${step} needs ${what}.`, 'See docs/releasing.md.');
  return given;
}

/** @param {string[]} args */
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
