// @ts-check
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sitePackages } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { runChild } from '../testing/child.mjs';
import { INSPECTION, pythonComponent } from './frozen-python.mjs';
import { describe, writeManifest } from './manifest.mjs';
import { onlyFrozen } from './sbom.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/**
 * @typedef {object} FreezeFolders
 * @property {string} folder working folder of PyInstaller, instead of its default build/, which has other contents
 * @property {string} python interpreter of the server's locked environment
 * @property {string} freezer interpreter of the freezing tools' environment
 * @property {string} billWriter interpreter of the environment that writes the bill of materials
 * @property {System} [system] default: this system
 */
/**
 * The system for which the server is frozen, and on which its tools run.
 * @typedef {object} System
 * @property {string} name of its frozen servers in the cache
 * @property {string} packages site-packages of the server's environment
 * @property {string} program file name of the frozen server
 * @property {string} target folder of the result
 * @property {string} [description] of its Python, for the key in the cache; default: what its Python says
 * @property {string} [mark] text that says why the result is not for users
 * @property {import('../offline/windows-python.mjs').Wrap} wrap returns the command that runs a command of that system
 *   here
 */

export const PROGRAM = process.platform === 'win32' ? 'cachibot-server.exe' : 'cachibot-server';

/** File of a frozen server that is not for users. */
const MARK = 'TEST-BUILD.txt';

/**
 * @param {string} root
 * @returns {System}
 */
export function thisSystem(root) {
  return {
    name: 'backend',
    packages: sitePackages(root, 'python'),
    program: PROGRAM,
    target: join(root, 'resources', 'backend'),
    wrap: (command, args, env) => ({ command, args, env }),
  };
}

/**
 * Freezes the server, tests it, measures its size, and then moves it to the system's folder, resources/backend.
 * @param {Work} work
 * @param {FreezeFolders} folders
 * @param {{ archive?: boolean }} [options] `archive`: also measures it as .tar.xz, which takes a minute on two cores
 */
export async function freeze(work, folders, { archive = true } = {}) {
  const bundle = await build(work, folders);
  await testBundle(work, folders, bundle, archive);
  const { target } = systemOf(work, folders);
  replace(bundle, target);
  work.say(`${relative(work.root, target)} is ready: ${describe(target)}`);
}

/**
 * Freezes the server; writes its bill of materials, licences and manifest. Returns the folder of the bundle.
 * @param {Work} work
 * @param {FreezeFolders} folders
 */
export async function build(work, folders) {
  const { folder, python, freezer, billWriter } = folders;
  const { packages, mark } = systemOf(work, folders);
  const script = scriptIn(work.root);
  const bundle = join(folder, 'dist', 'backend');
  const { step, tool, check } = tools(work, folders);

  await step('Checking the environment against the lock', () =>
    check(freezer, [script('environment.py'), join(work.root, 'build', 'requirements.lock'), packages]),
  );
  await step('Freezing: two to four minutes', async () => {
    await runFreezer(work, folders, join(work.root, 'build', 'cachibot-server.spec'));
    return '';
  });
  await step('Bill of materials and licences', async () => {
    const options = ['--output-reproducible', '--output-format', 'JSON'];
    const all = await tool(billWriter, ['-m', 'cyclonedx_py', 'environment', ...options, python]);
    const names = JSON.parse(readFileSync(join(folder, 'work', 'cachibot-server', 'packages.json'), 'utf8'));
    const sbom = join(bundle, 'sbom.cdx.json');
    const bill = onlyFrozen(JSON.parse(all), names);
    // With `tool`: the Python of another system needs its wrapper.
    const inspected = JSON.parse(await tool(python, ['-c', INSPECTION]));
    const components = [...bill.components, pythonComponent(inspected)];
    writeFileSync(sbom, `${JSON.stringify({ ...bill, components }, undefined, 1)}\n`);
    return check(freezer, [script('licences.py'), packages, sbom, join(bundle, 'THIRD-PARTY-LICENCES.txt')]);
  });
  await step('Manifest', async () => {
    if (mark !== undefined) writeFileSync(join(bundle, MARK), `${mark}\n`);
    const { files, links } = writeManifest(bundle);
    return `${Object.keys(files).length} files, ${Object.keys(links).length} links`;
  });
  return bundle;
}

/**
 * Writes the reference of the self-test and runs PyInstaller with a spec. The result is in `dist`.
 * @param {Work} work
 * @param {Pick<FreezeFolders, 'folder' | 'python' | 'freezer' | 'system'>} folders
 * @param {string} spec
 */
export async function runFreezer(work, folders, spec) {
  const { folder, python, freezer } = folders;
  for (const old of ['dist', 'home', 'work']) rmSync(join(folder, old), { recursive: true, force: true });
  mkdirSync(join(folder, 'home'), { recursive: true });
  const { tool } = tools(work, folders);
  await tool(python, [scriptIn(work.root)('reference.py'), join(folder, 'reference.json')]);
  const paths = ['--workpath', join(folder, 'work'), '--distpath', join(folder, 'dist')];
  await tool(freezer, ['-m', 'PyInstaller', '--noconfirm', '--clean', '--log-level', 'INFO', ...paths, spec]);
}

/**
 * Tests that a bundle works and is not too big. Throws a UserError if not.
 * @param {Work} work
 * @param {FreezeFolders} folders
 * @param {string} bundle
 * @param {boolean} archive
 */
async function testBundle(work, folders, bundle, archive) {
  const { folder, python, freezer } = folders;
  const script = scriptIn(work.root);
  const program = join(bundle, systemOf(work, folders).program);
  const { step, tool, check } = tools(work, folders);

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
 * @param {Pick<FreezeFolders, 'folder' | 'system'>} folders
 */
function tools(work, folders) {
  const { folder } = folders;
  const { wrap } = systemOf(work, folders);
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
    tool(command, args) {
      const run = wrap(command, args, env);
      return runTool(work, run.command, run.args, { env: run.env });
    },
    /** @type {(command: string, args: string[]) => Promise<string>} */
    async check(command, args) {
      const run = wrap(command, args, env);
      const { code, output } = await runChild(run.command, run.args, { cwd: work.root, env: run.env, quiet: true });
      appendFileSync(work.logFile, output);
      if (code !== 0) throw new UserError(`${output.trimEnd()}\n${command} exited with code ${code}.`, '');
      return output;
    },
  };
}

/**
 * @param {Work} work
 * @param {Pick<FreezeFolders, 'system'>} folders
 */
function systemOf(work, { system = thisSystem(work.root) }) {
  return system;
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
