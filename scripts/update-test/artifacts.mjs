// @ts-check
// What is updated, and to what: real AppImages, packages and installers, built as the app is, with a throw-away key and a feed
// on this machine.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { layBundle } from '../../test/fixtures/bundle.mjs';
import { writeManifest } from '../backend/manifest.mjs';
import { copyApp } from '../chaos/apps.mjs';
import { packFolder, packInstallers } from '../dist/pack.mjs';
import { makeKey } from '../release/signing.mjs';
import { sitePackages } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { packForWindows } from './windows-app.mjs';

/**
 * @typedef {object} Artifact
 * @property {string} version
 * @property {string} file
 * @property {string} sha512 in base64
 * @property {number} size
 * @property {number | undefined} blockMapSize
 */

/** In the builds as the one place updates come from. */
export const FEED_PORT = 18_573;
/** Near the head of the archive of modules: all that comes behind it moves. */
const PATCHED = 'anyio';
const OUTPUT = join('release', 'rehearsal-update');

/**
 * Builds them: with a scripted server 1.0.0, 2.0.0, 3.0.0 and a 2.0.0 whose server crashes; with the frozen one, where
 * there is one, 1.0.0, 2.0.0, and a 2.0.0 with another version of one Python package.
 * @param {import('../setup/tool.mjs').Work} work
 * @param {string} electron
 * @param {{ real: boolean, freezer: string, windows: boolean }} wanted `freezer`: the Python with the tools that freeze
 */
export async function buildArtifacts(work, electron, wanted) {
  const { root, say } = work;
  const folder = join(root, '.setup', 'update-test');
  const updates = join(folder, 'updates');
  mkdirSync(updates, { recursive: true });
  const key = makeKey();
  const source = { feed: `http://127.0.0.1:${FEED_PORT}/`, keys: [key.publicKey], multiRange: false };
  writeFileSync(join(updates, 'updates.json'), JSON.stringify(source));
  const backend = layBundle(join(folder, 'server'));

  /** @param {string} name @param {string} version @param {string | undefined} server */
  const pack = (name, version, server) =>
    packFolder(work, {
      electron,
      version,
      updates,
      driven: true,
      output: `${OUTPUT}-${name}`,
      ...(server === undefined ? {} : { backend: server }),
    });
  /**
   * @param {Awaited<ReturnType<typeof pack>>} packed
   * @param {string} name
   * @param {string} version
   * @param {'AppImage' | 'deb' | 'rpm'} [form]
   */
  const make = async (packed, name, version, form = 'AppImage') => {
    const output = join(`${OUTPUT}-${name}`, 'made');
    rmSync(join(root, output), { recursive: true, force: true });
    const [file] = await packInstallers(work, packed, { version, output, targets: [form], quick: true });
    if (file === undefined) throw new Error(`There is no ${form} of ${name}.`);
    say(`  ${name}: ${file}`);
    return describe(join(root, file), version);
  };

  async function makeReal() {
    const one = await make(await pack('real-1', '1.0.0', undefined), 'real-1', '1.0.0');
    const packed = await pack('real-2', '2.0.0', undefined);
    const two = await make(packed, 'real-2', '2.0.0');
    const patched = await withPatch(packed, join(root, `${OUTPUT}-patched`), work, wanted.freezer);
    return { one, two, patched: await make(patched, 'patched', '2.0.0') };
  }

  const one = await pack('1', '1.0.0', backend);
  const two = await pack('2', '2.0.0', backend);
  const three = await pack('3', '3.0.0', backend);
  const artifacts = {
    one: await make(one, '1', '1.0.0'),
    two: await make(two, '2', '2.0.0'),
    three: await make(three, '3', '3.0.0'),
    crashing: await make(withServer(two, join(root, `${OUTPUT}-crashing`), 'crash'), 'crashing', '2.0.0'),
    deb: { one: await make(one, 'deb-1', '1.0.0', 'deb'), two: await make(two, 'deb-2', '2.0.0', 'deb') },
    rpm: { one: await make(one, 'rpm-1', '1.0.0', 'rpm'), two: await make(two, 'rpm-2', '2.0.0', 'rpm') },
  };
  const real = wanted.real ? await makeReal() : undefined;
  // What they were made of is large, and of no more use.
  for (const name of ['1', '2', '3', 'crashing', 'real-1', 'real-2', 'patched'])
    rmSync(join(root, `${OUTPUT}-${name}`, 'linux-unpacked'), { recursive: true, force: true });
  const windows = wanted.windows ? await packForWindows(work, updates) : undefined;
  const built = { key: key.privateKey, ...artifacts, real, windows };
  writeFileSync(listIn(root), JSON.stringify(built), { mode: 0o600 });
  return built;
}

/**
 * Those of an earlier run, as they are.
 * @param {string} root
 * @returns {Awaited<ReturnType<typeof buildArtifacts>>}
 */
export function builtArtifacts(root) {
  if (!existsSync(listIn(root))) throw new Trouble('Nothing was built yet.', 'Leave --prepared out.');
  return JSON.parse(readFileSync(listIn(root), 'utf8'));
}

/** @param {string} root */
function listIn(root) {
  return join(root, '.setup', 'update-test', 'artifacts.json');
}

/**
 * The same app with another server in it.
 * @param {Awaited<ReturnType<typeof packFolder>>} packed
 * @param {string} folder
 * @param {string} modes
 */
function withServer({ app, rehearsal }, folder, modes) {
  const copy = copyInto(folder, app);
  layBundle(join(copy.resources, 'backend'), modes);
  return { app: copy, rehearsal };
}

/**
 * The same app with a patch release of one Python package in its server.
 * @param {Awaited<ReturnType<typeof packFolder>>} packed
 * @param {string} folder
 * @param {import('../setup/tool.mjs').Work} work
 * @param {string} freezer
 */
async function withPatch({ app, rehearsal }, folder, work, freezer) {
  const copy = copyInto(folder, app);
  const backend = join(copy.resources, 'backend');
  // Files of its own: the rest of the copy may be the other app's.
  rmSync(backend, { recursive: true });
  cpSync(join(app.resources, 'backend'), backend, { recursive: true, verbatimSymlinks: true });
  const script = join(work.root, 'scripts', 'update-test', 'change-package.py');
  const said = await runTool(work, freezer, [script, backend, PATCHED, sitePackages(work.root, 'python')]);
  work.say(`  ${said.trim()}`);
  writeManifest(backend);
  return { app: copy, rehearsal };
}

/** @param {string} folder @param {import('../dist/unpacked-app.mjs').UnpackedApp} app */
function copyInto(folder, app) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return copyApp(app, join(folder, basename(dirname(app.executable))));
}

/**
 * @param {string} file
 * @param {string} version
 * @returns {Artifact}
 */
function describe(file, version) {
  const manifest = join(dirname(file), 'latest-linux.yml');
  const text = existsSync(manifest) ? readFileSync(manifest, 'utf8') : '';
  const blockMapSize = Number(/blockMapSize: (\d+)/.exec(text)?.[1]) || undefined;
  const sha512 = createHash('sha512').update(readFileSync(file)).digest('base64');
  if (text !== '' && !text.includes(sha512)) throw new Error(`${manifest} does not fit ${file}.`);
  return { version, file, sha512, size: statSync(file).size, blockMapSize };
}

/** @param {string} from @param {string} to */
export function copyFile(from, to) {
  cpSync(from, to, { preserveTimestamps: true });
}
