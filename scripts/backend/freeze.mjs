// @ts-check
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { besidePython, sitePackages } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { runChild } from '../testing/child.mjs';
import { inspectPython, pythonComponent } from './frozen-python.mjs';
import { describe, writeManifest } from './manifest.mjs';
import { onlyFrozen } from './sbom.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/**
 * @typedef {object} FreezeFolders
 * @property {string} folder working folder of PyInstaller, instead of its default build/, which has other contents
 * @property {string} python interpreter of the server's locked environment
 * @property {string} freezer interpreter of the freezing tools' environment
 * @property {string} billWriter interpreter of the environment that writes the bill of materials
 */

export const PROGRAM = process.platform === 'win32' ? 'cachibot-server.exe' : 'cachibot-server';

/**
 * Freezes the server, tests it, measures its size, and then moves it to resources/backend.
 * @param {Work} work
 * @param {FreezeFolders} folders
 * @param {{ archive?: boolean }} [options] `archive`: also measures it as .tar.xz, which takes a minute on two cores
 */
export async function freeze(work, folders, { archive = true } = {}) {
  const bundle = await build(work, folders);
  await testBundle(work, folders, bundle, archive);
  const target = join(work.root, 'resources', 'backend');
  replace(bundle, target);
  work.say(`resources/backend is ready: ${describe(target)}`);
}

/**
 * Freezes the server; writes its bill of materials, licences and manifest. Returns the folder of the bundle.
 * @param {Work} work
 * @param {FreezeFolders} folders
 */
export async function build(work, folders) {
  const { folder, python, freezer, billWriter } = folders;
  const packages = sitePackages(work.root, 'python');
  const script = scriptIn(work.root);
  const bundle = join(folder, 'dist', 'backend');
  const { step, tool, check } = tools(work, folder);

  await step('Checking the environment against the lock', () =>
    check(freezer, [script('environment.py'), join(work.root, 'build', 'requirements.lock'), packages]),
  );
  await step('Freezing: two to four minutes', async () => {
    await runFreezer(work, folders, join(work.root, 'build', 'cachibot-server.spec'));
    return '';
  });
  await step('Bill of materials and licences', async () => {
    const all = await tool(besidePython(billWriter, 'cyclonedx-py'), [
      ...['environment', '--output-reproducible', '--output-format', 'JSON', python],
    ]);
    const names = JSON.parse(readFileSync(join(folder, 'work', 'cachibot-server', 'packages.json'), 'utf8'));
    const sbom = join(bundle, 'sbom.cdx.json');
    const bill = onlyFrozen(JSON.parse(all), names);
    const components = [...bill.components, pythonComponent(inspectPython(python))];
    writeFileSync(sbom, `${JSON.stringify({ ...bill, components }, undefined, 1)}\n`);
    return check(freezer, [script('licences.py'), packages, sbom, join(bundle, 'THIRD-PARTY-LICENCES.txt')]);
  });
  await step('Manifest', async () => {
    const { files, links } = writeManifest(bundle);
    return `${Object.keys(files).length} files, ${Object.keys(links).length} links`;
  });
  return bundle;
}

/**
 * Writes the reference of the self-test and runs PyInstaller with a spec. The result is in `dist`.
 * @param {Work} work
 * @param {Pick<FreezeFolders, 'folder' | 'python' | 'freezer'>} folders
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
 * Tests that a bundle works and is not too big. Throws a UserError if not.
 * @param {Work} work
 * @param {FreezeFolders} folders
 * @param {string} bundle
 * @param {boolean} archive
 */
async function testBundle(work, { folder, python, freezer }, bundle, archive) {
  const script = scriptIn(work.root);
  const program = join(bundle, PROGRAM);
  const { step, tool, check } = tools(work, folder);

  await step('Self-test of the bundle', async () => {
    const output = await check(program, ['--self-test']);
    return output.trimEnd().split('\n').slice(-3).join('\n');
  });
  await step('Smoke test of the bundle', () => check(python, [script('smoke.py'), program]));
  await step('Size', async () => {
    const packed = archive ? [join(folder, 'backend.tar.xz')] : [];
    if (archive) await tool(python, [script('archive.py'), bundle, ...packed]);
    return check(freezer, [script('size.py'), bundle, join(folder, 'size.json'), ...packed]);
  });
}

/**
 * Returns functions for the steps: `step` prints a title, the result and the time; `tool` runs a tool, and `check`
 * a program whose failure becomes a UserError with its output.
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
      const output = (await run()).trimEnd();
      if (output !== '') work.say(output.replace(/^/gm, '      '));
      work.say(`      ${((performance.now() - started) / 1000).toFixed(1)} s`);
    },
    /** @type {(command: string, args: string[]) => Promise<string>} */
    tool: (command, args) => runTool(work, command, args, { env }),
    /** @type {(command: string, args: string[]) => Promise<string>} */
    async check(command, args) {
      const { code, output } = await runChild(command, args, { cwd: work.root, env, quiet: true });
      appendFileSync(work.logFile, output);
      if (code !== 0) throw new UserError(`${output.trimEnd()}\n${command} exited with code ${code}.`, '');
      return output;
    },
  };
}

/** @param {string} root */
function scriptIn(root) {
  return (/** @type {string} */ name) => join(root, 'scripts', 'backend', name);
}

/**
 * Returns an environment for reproducible freezes: without variables that affect Python, and with fixed string hashes.
 * @param {string} folder
 * @param {string} home an empty folder, so that imported modules neither find nor change the user's data
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
    // A fixed time for tools that write the time into a file.
    SOURCE_DATE_EPOCH: '1774051200',
  };
}

/**
 * Replaces a bundle. A server that runs from the old bundle fails at its next import, because it reads modules from the
 * program's file when it needs them.
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${target} could not be replaced: ${reason}.`, 'Quit the app that runs from it and try again.');
  }
  rmSync(old, { recursive: true, force: true });
}
