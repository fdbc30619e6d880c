// @ts-check
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { besidePython, sitePackages } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { runChild } from '../testing/child.mjs';
import { describe, writeManifest } from './manifest.mjs';
import { onlyFrozen } from './sbom.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/**
 * @typedef {object} Place
 * @property {string} folder where PyInstaller works; outside build/, which is ours
 * @property {string} python the server's locked environment
 * @property {string} freezer the environment of the freezing tools
 * @property {string} billWriter the environment of what writes the bill of materials
 */

export const PROGRAM = process.platform === 'win32' ? 'cachibot-server.exe' : 'cachibot-server';

/**
 * Freezes, proves, weighs and describes the server, and only then puts it into resources/backend.
 * @param {Work} work
 * @param {Place} place
 * @param {{ archive?: boolean }} [options] `archive`: weighs it as .tar.xz, too, which takes a minute on two cores
 */
export async function freeze(work, place, { archive = true } = {}) {
  const bundle = await build(work, place);
  await prove(work, place, bundle, archive);
  const target = join(work.root, 'resources', 'backend');
  replace(bundle, target);
  work.say(`resources/backend is ready: ${describe(target)}`);
}

/**
 * Freezes the server and describes it. Returns the folder.
 * @param {Work} work
 * @param {Place} place
 */
export async function build(work, place) {
  const { folder, python, freezer, billWriter } = place;
  const packages = sitePackages(work.root, 'python');
  const script = scriptIn(work.root);
  const bundle = join(folder, 'dist', 'backend');
  const { step, tool, proof } = tools(work, folder);

  await step('The environment is what the lock says', () =>
    proof(freezer, [script('environment.py'), join(work.root, 'build', 'requirements.lock'), packages]),
  );
  await step('Freezing: two to four minutes', async () => {
    await runFreezer(work, place, join(work.root, 'build', 'cachibot-server.spec'));
    return '';
  });
  await step('Bill of materials and licences', async () => {
    const all = await tool(besidePython(billWriter, 'cyclonedx-py'), [
      ...['environment', '--output-reproducible', '--output-format', 'JSON', python],
    ]);
    const names = JSON.parse(readFileSync(join(folder, 'work', 'cachibot-server', 'packages.json'), 'utf8'));
    const sbom = join(bundle, 'sbom.cdx.json');
    writeFileSync(sbom, `${JSON.stringify(onlyFrozen(JSON.parse(all), names), undefined, 1)}\n`);
    return proof(freezer, [script('licences.py'), packages, sbom, join(bundle, 'THIRD-PARTY-LICENCES.txt')]);
  });
  await step('Manifest', async () => {
    const { files, links } = writeManifest(bundle);
    return `${Object.keys(files).length} files, ${Object.keys(links).length} links`;
  });
  return bundle;
}

/**
 * Describes the plain environment, and lets the freezer work on a spec; the outcome is in `dist`.
 * @param {Work} work
 * @param {Pick<Place, 'folder' | 'python' | 'freezer'>} place
 * @param {string} spec
 */
export async function runFreezer(work, { folder, python, freezer }, spec) {
  for (const old of ['dist', 'home', 'work']) rmSync(join(folder, old), { recursive: true, force: true });
  mkdirSync(join(folder, 'home'), { recursive: true });
  const { tool } = tools(work, folder);
  await tool(python, [scriptIn(work.root)('reference.py'), join(folder, 'reference.json')]);
  const folders = ['--workpath', join(folder, 'work'), '--distpath', join(folder, 'dist')];
  await tool(freezer, ['-m', 'PyInstaller', '--noconfirm', '--clean', '--log-level', 'INFO', ...folders, spec]);
}

/**
 * Proves that a bundle works, and that it is not too big.
 * @param {Work} work
 * @param {Place} place
 * @param {string} bundle
 * @param {boolean} archive
 */
async function prove(work, { folder, python, freezer }, bundle, archive) {
  const script = scriptIn(work.root);
  const program = join(bundle, PROGRAM);
  const { step, tool, proof } = tools(work, folder);

  await step('Self-test of the bundle', async () => {
    const said = await proof(program, ['--self-test']);
    return said.trimEnd().split('\n').slice(-3).join('\n');
  });
  await step('Smoke test of the bundle', () => proof(python, [script('smoke.py'), program]));
  await step('Size', async () => {
    const packed = archive ? [join(folder, 'backend.tar.xz')] : [];
    if (archive) await tool(python, [script('archive.py'), bundle, ...packed]);
    return proof(freezer, [script('size.py'), bundle, join(folder, 'size.json'), ...packed]);
  });
}

/**
 * How the steps say what they do, and run what they need.
 * @param {Work} work
 * @param {string} folder
 */
function tools(work, folder) {
  const env = environment(folder, join(folder, 'home'));
  return {
    /** @type {(title: string, run: () => Promise<string>) => Promise<void>} */
    async step(title, run) {
      const started = performance.now();
      work.say(`  - ${title}`);
      const said = (await run()).trimEnd();
      if (said !== '') work.say(said.replace(/^/gm, '      '));
      work.say(`      ${((performance.now() - started) / 1000).toFixed(1)} s`);
    },
    /** @type {(command: string, args: string[]) => Promise<string>} */
    tool: (command, args) => runTool(work, command, args, { env }),
    /** @type {(command: string, args: string[]) => Promise<string>} */
    async proof(command, args) {
      const { code, output } = await runChild(command, args, { cwd: work.root, env, quiet: true });
      appendFileSync(work.logFile, output);
      if (code !== 0) throw new UserError(`${output.trimEnd()}\n${command} ended with code ${code}.`, '');
      return output;
    },
  };
}

/** @param {string} root */
function scriptIn(root) {
  return (/** @type {string} */ name) => join(root, 'scripts', 'backend', name);
}

/**
 * Nothing of the caller's that changes what Python does; hashes of strings that do not change from run to run.
 * @param {string} folder
 * @param {string} home an empty one: what the freeze imports must not find, or change, a user's data
 */
function environment(folder, home) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (/^(PYTHON|CACHIBOT|VIRTUAL_ENV|PYINSTALLER)/.test(name)) delete env[name];
  return {
    ...env,
    HOME: home,
    USERPROFILE: home,
    PYTHONHASHSEED: '0',
    PYTHONDONTWRITEBYTECODE: '1',
    PYINSTALLER_CONFIG_DIR: join(folder, 'cache'),
    CACHIBOT_FREEZE_REFERENCE: join(folder, 'reference.json'),
    CACHIBOT_TELEMETRY_DISABLED: '1',
    // A fixed moment for whatever writes the time into a file.
    SOURCE_DATE_EPOCH: '1774051200',
  };
}

/**
 * Puts the new bundle where the old one is. A server that runs from there fails at its next import: it reads its
 * modules out of the program's file when they are needed.
 * @param {string} bundle
 * @param {string} target
 */
export function replace(bundle, target) {
  const old = `${target}.old`;
  mkdirSync(join(target, '..'), { recursive: true });
  rmSync(old, { recursive: true, force: true });
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(bundle, target);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`${target} could not be replaced: ${why}.`, 'End the app that runs from it and try again.');
  }
  rmSync(old, { recursive: true, force: true });
}
