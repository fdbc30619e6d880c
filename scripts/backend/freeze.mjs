// @ts-check
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { besidePython, sitePackages } from '../setup/python.mjs';
import { runTool } from '../setup/tool.mjs';
import { Trouble } from '../setup/trouble.mjs';
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
 */
export async function freeze(work, { folder, python, freezer, billWriter }) {
  const packages = sitePackages(work.root, 'python');
  const script = (/** @type {string} */ name) => join(work.root, 'scripts', 'backend', name);
  const reference = join(folder, 'reference.json');
  const workFolder = join(folder, 'work');
  const bundle = join(folder, 'dist', 'backend');
  const home = join(folder, 'home');
  const env = environment(folder, home);
  const program = join(bundle, PROGRAM);
  for (const old of ['dist', 'home', 'work']) rmSync(join(folder, old), { recursive: true, force: true });
  mkdirSync(home);

  /** @type {(title: string, step: () => Promise<string>) => Promise<void>} */
  const step = async (title, run) => {
    const started = performance.now();
    work.say(`  - ${title}`);
    const said = (await run()).trimEnd();
    if (said !== '') work.say(said.replace(/^/gm, '      '));
    work.say(`      ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };
  /** @type {(command: string, args: string[]) => Promise<string>} */
  const tool = (command, args) => runTool(work, command, args, { env });

  /** @type {(command: string, args: string[]) => Promise<string>} */
  const proof = async (command, args) => {
    const { code, output } = await runChild(command, args, { cwd: work.root, env, quiet: true });
    appendFileSync(work.logFile, output);
    if (code !== 0) throw new Trouble(`${output.trimEnd()}\n${command} ended with code ${code}.`, '');
    return output;
  };

  await step('The environment is what the lock says', () =>
    proof(freezer, [script('environment.py'), join(work.root, 'build', 'requirements.lock'), packages]),
  );
  await step('What the plain environment can do', () => tool(python, [script('reference.py'), reference]));
  await step('Freezing: two to four minutes', async () => {
    const spec = join(work.root, 'build', 'cachibot-server.spec');
    const folders = ['--workpath', workFolder, '--distpath', join(folder, 'dist')];
    await tool(freezer, ['-m', 'PyInstaller', '--noconfirm', '--clean', '--log-level', 'WARN', ...folders, spec]);
    return '';
  });
  await step('Bill of materials and licences', async () => {
    const all = await tool(besidePython(billWriter, 'cyclonedx-py'), [
      ...['environment', '--output-reproducible', '--output-format', 'JSON', python],
    ]);
    const names = JSON.parse(readFileSync(join(workFolder, 'cachibot-server', 'packages.json'), 'utf8'));
    const sbom = join(bundle, 'sbom.cdx.json');
    writeFileSync(sbom, `${JSON.stringify(onlyFrozen(JSON.parse(all), names), undefined, 1)}\n`);
    return proof(freezer, [script('licences.py'), packages, sbom, join(bundle, 'THIRD-PARTY-LICENCES.txt')]);
  });
  await step('Manifest', async () => {
    const { files, links } = writeManifest(bundle);
    return `${Object.keys(files).length} files, ${Object.keys(links).length} links`;
  });
  await step('Self-test of the bundle', async () => {
    const said = await proof(program, ['--self-test']);
    return said.trimEnd().split('\n').slice(-3).join('\n');
  });
  await step('Smoke test of the bundle', () => proof(python, [script('smoke.py'), program]));
  await step('Size', async () => {
    const archive = join(folder, 'backend.tar.xz');
    await tool(python, [script('archive.py'), bundle, archive]);
    return proof(freezer, [script('size.py'), bundle, join(folder, 'size.json'), archive]);
  });
  replace(bundle, join(work.root, 'resources', 'backend'));
  work.say(`resources/backend is ready: ${describe(join(work.root, 'resources', 'backend'))}`);
}

/**
 * Nothing of the caller's that changes what Python does; hashes of strings that do not change from run to run.
 * @param {string} folder
 * @param {string} home an empty one: what the freeze imports must not find, or change, a person's data
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
function replace(bundle, target) {
  const old = `${target}.old`;
  mkdirSync(join(target, '..'), { recursive: true });
  rmSync(old, { recursive: true, force: true });
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(bundle, target);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Trouble(`${target} could not be replaced: ${why}.`, 'End the app that runs from it and try again.');
  }
  rmSync(old, { recursive: true, force: true });
}
