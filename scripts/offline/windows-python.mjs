// @ts-check
// A real CPython for Windows with the locked packages, which runs under wine. For tests only: it is never shipped.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describePython } from '../backend/server-cache.mjs';
import { findUv } from '../setup/find-uv.mjs';
import { acquireLock } from '../setup/lock.mjs';
import { backend } from '../setup/python.mjs';
import { currentOutput, hashOf, runStep } from '../setup/step.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { COMPILER, linkPython3, makeLibraries, source, wineHash } from './windows-libraries.mjs';
import { ensureWine, openWine } from './windows-tools.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./windows-tools.mjs').Drive} Wine */
/** @typedef {{ command: string, args: string[], env: NodeJS.ProcessEnv }} Command */
/** @typedef {(command: string, args: string[], env: NodeJS.ProcessEnv) => Command} Wrap returns the command that runs another here */

/**
 * Paths of interpreters, as Linux names them.
 * @typedef {object} WindowsPython
 * @property {string} base without packages
 * @property {string} python of the server's environment
 * @property {string} tools of the test tools' environment
 * @property {string} freezer of the freezing tools' environment
 * @property {string} billWriter of the environment that writes the bill of materials
 * @property {string} libraries folder of the DLLs that wine lacks
 */

/** Files that decide which Python it is, beside the locks of its packages. */
const SOURCES = ['windows-libraries.mjs', 'windows-python.mjs', 'windows-python.txt', 'windows-python'].map(
  name => `scripts/offline/${name}`,
);
const FOLDER = join('.setup', 'windows-python');
/** Version of the DLLs in windows-python.txt. */
const VERSION = '3.12.10';
/** DLLs of the package that a Windows Python has in its DLLs folder. The package also has DLLs of its own. */
const LIBRARIES = ['libcrypto-3', 'libffi-8', 'libssl-3', 'sqlite3', 'tcl86t', 'tk86t', 'zlib1'];
/** wine's WMI ends the process. Without this module, `platform` asks other functions of Windows. */
const UNUSABLE_MODULES = ['_wmi.pyd'];
/** Parts of the standard library that are other ones on Windows, or that no test needs. */
const NOT_COPIED =
  /^(site-packages|lib-dynload|config-3.*|test|idlelib|turtledemo|tkinter|_sysconfigdata.*|__pycache__)$/;

/** @typedef {(server: string) => string} PathLine */
/** The packages of each environment, and the code in `backend.pth` that adds the server's packages to its path. */
const ENVIRONMENTS = /** @type {[name: string, lock: string, pathLine?: PathLine][]} */ ([
  ['python', 'build/requirements.lock'],
  ['tools', 'build/requirements-dev.lock', server => `site.addsitedir(${server})`],
  [
    'freezer',
    'build/requirements-build.lock',
    server => `sys.path[-1:-1] = [] if ${server} in sys.path else [${server}]`,
  ],
  ['billWriter', 'build/requirements-bill.lock'],
]);

/**
 * Provides the Windows Python of this clone. It takes two minutes, and 650 MB, the first time.
 * @param {Work} work
 * @returns {Promise<WindowsPython>}
 */
export async function windowsPython(work) {
  await ensureWine(work);
  const step = windowsPythonStep(work.root);
  const made = currentOutput(work.root, step);
  if (made !== undefined) return made;
  const releaseLock = await acquireLock(work.root, work.say);
  try {
    work.say(`  - ${step.title}: ${step.takes}`);
    return await runStep({ ...work, title: step.title }, step);
  } finally {
    releaseLock();
  }
}

/**
 * @param {string} root
 * @param {() => string} [wine] describes wine, of which one library is copied. The key of the frozen server does not
 *   contain it, because the server contains nothing of wine.
 * @returns {import('../setup/step.mjs').Step<WindowsPython>}
 */
export function windowsPythonStep(root, wine = wineHash) {
  const locks = ENVIRONMENTS.map(([, lock]) => lock);
  return {
    name: 'windows-python',
    title: 'Python for Windows, for tests under wine',
    takes: 'downloads about 250 MB, two minutes',
    inputs: () => windowsPythonHash(root, { files: locks, words: [root, wine()] }),
    isPresent: made => Object.values(made).every(existsSync),
    run: work => makePython(work),
  };
}

/**
 * Returns a hash of everything that decides which Python it is, except the locks of its packages, and of `more`.
 * @param {string} root
 * @param {{ files: string[], words?: string[] }} more
 */
export function windowsPythonHash(root, { files, words = [] }) {
  return hashOf(root, { files: [...SOURCES, ...files], words: [describePython(localPython(root)), ...words] });
}

/**
 * Returns the interpreter whose standard library is copied.
 * @param {string} root
 */
function localPython(root) {
  const local = currentOutput(root, backend(root))?.python;
  if (local === undefined) throw new UserError('The clone is not set up.', 'Run npm test first.');
  return local;
}

/** @param {Work} work */
async function makePython(work) {
  const { root } = work;
  const folder = join(root, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  const base = join(folder, 'base');
  const local = localPython(root);
  const uv = await findUv(work, local);
  const install = async (/** @type {string} */ target, /** @type {string} */ lock) => {
    const system = ['--python-platform', 'x86_64-pc-windows-msvc', '--python', local];
    const pinned = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '-r', lock];
    const args = ['pip', 'install', '--quiet', '--compile-bytecode', '--target', target, ...system, ...pinned];
    await runTool(work, uv, args, { env: { ...process.env, UV_SYSTEM_CERTS: '1' } });
    rmSync(join(target, '.lock'), { force: true }); // uv's own
  };

  const carrier = join(folder, 'carrier');
  await install(carrier, 'scripts/offline/windows-python.txt');
  copyLibraries(join(carrier, 'deploy_libs'), base);
  rmSync(carrier, { recursive: true });
  await copyStandardLibrary(work, local, base);
  await linkPython3(work, base);
  const program = join(base, 'python.exe');
  const dll = JSON.stringify(windowsPath(join(base, 'python312.dll')));
  await runTool(work, COMPILER, ['-O1', '-s', '-municode', `-DPYTHON_DLL=L${dll}`, '-o', program, source('python.c')]);

  /** @type {Record<string, string>} */
  const interpreters = {};
  for (const [name, lock, pathLine] of ENVIRONMENTS) {
    const environment = join(folder, name);
    const packages = join(environment, 'Lib', 'site-packages');
    await install(packages, lock);
    const server = JSON.stringify(windowsPath(join(folder, 'python', 'Lib', 'site-packages')));
    if (pathLine !== undefined) writeFileSync(join(packages, 'backend.pth'), `import site, sys; ${pathLine(server)}\n`);
    interpreters[name] = addInterpreter(environment, base);
  }
  const libraries = await makeLibraries(work, join(folder, 'libraries'));
  return /** @type {WindowsPython} */ ({ base: program, ...interpreters, libraries });
}

/**
 * Makes a folder with packages a virtual environment.
 * @param {string} environment
 * @param {string} base
 */
function addInterpreter(environment, base) {
  const programs = join(environment, 'Scripts');
  mkdirSync(programs);
  copyFileSync(join(base, 'python.exe'), join(programs, 'python.exe'));
  const lines = [`home = ${windowsPath(base)}`, 'include-system-site-packages = false', `version = ${VERSION}`];
  writeFileSync(join(environment, 'pyvenv.cfg'), lines.map(line => `${line}\r\n`).join(''));
  return join(programs, 'python.exe');
}

/**
 * Copies the interpreter and the extension modules.
 * @param {string} carrier
 * @param {string} base
 */
function copyLibraries(carrier, base) {
  const folder = join(base, 'DLLs');
  mkdirSync(folder, { recursive: true });
  const modules = readdirSync(carrier).filter(name => name.endsWith('.pyd') && !UNUSABLE_MODULES.includes(name));
  for (const name of [...modules, ...LIBRARIES.map(name => `${name}.dll`)])
    copyFileSync(join(carrier, name), join(folder, name));
  for (const name of ['python312.dll', 'VCRUNTIME140.dll', 'VCRUNTIME140_1.dll'])
    copyFileSync(join(carrier, name), join(base, name.toLowerCase()));
}

/**
 * Copies the standard library of this machine's Python, whose bytecode is that of all Pythons 3.12.
 * @param {Work} work
 * @param {string} local
 * @param {string} base
 */
async function copyStandardLibrary(work, local, base) {
  const question =
    'import platform, sysconfig; print(sysconfig.get_path("stdlib"), platform.python_version(), sep="\\n")';
  const [folder = '', version] = (await runTool(work, local, ['-c', question])).trim().split('\n');
  if (version !== VERSION)
    work.say(`      Its standard library is of Python ${version}, and its DLLs are of Python ${VERSION}.`);
  const library = join(base, 'Lib');
  const filter = (/** @type {string} */ path) => !NOT_COPIED.test(basename(path));
  cpSync(folder, library, { recursive: true, dereference: true, filter });
  copyFileSync(source('sitecustomize.py'), join(library, 'sitecustomize.py'));
  // lib2to3 has files of Python 2.
  await runTool(work, local, ['-m', 'compileall', '-q', '-j', '2', '-x', 'lib2to3', library]);
}

/** Settings of a drive on which Python runs. Debian's wine is a Windows 7 otherwise, and waits 30 s after a crash. */
const REGISTRY = `REGEDIT4

[HKEY_CURRENT_USER\\Software\\Wine]
"Version"="win10"

[HKEY_CURRENT_USER\\Software\\Wine\\DllOverrides]
"ucrtbase"="native"

[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\AeDebug]
"Auto"="0"
`;

/**
 * Creates a wine drive on which the Windows Python and the server that is frozen with it run.
 * @param {Work} work
 * @param {Pick<WindowsPython, 'libraries'>} python
 * @param {NodeJS.ProcessEnv} [machine]
 * @returns {Promise<Wine>}
 */
export function openPythonWine(work, { libraries }, machine) {
  return openWine(work, machine, async ({ env, wine }) => {
    const windows = join(env.WINEPREFIX, 'drive_c', 'windows');
    const settings = join(windows, 'python.reg');
    writeFileSync(settings, REGISTRY);
    await runTool(work, wine, ['regedit', '/S', windowsPath(settings)], { env });
    for (const name of readdirSync(libraries)) {
      const target = join(windows, 'system32', name);
      rmSync(target, { force: true });
      copyFileSync(join(libraries, name), target);
    }
  });
}

/**
 * Returns a function that translates a command with paths of Linux to one that runs under wine.
 * @param {Wine} wine
 */
export function wineCommand({ wine, env: own }) {
  const settings = Object.fromEntries(Object.entries(own).filter(([name]) => name.startsWith('WINE')));
  const translate = (/** @type {string} */ word) => (word.startsWith('/') ? windowsPath(word) : word);
  /** @type {Wrap} */
  return (command, args, env) => {
    const ours = Object.entries(env).filter(([name]) => /^(CACHIBOT|PYINSTALLER)/.test(name));
    const translated = Object.fromEntries(ours.map(([name, value = '']) => [name, translate(value)]));
    return { command: wine, args: [command, ...args].map(translate), env: { ...env, ...translated, ...settings } };
  };
}

/**
 * Returns the path by which Windows programs under wine find a file.
 * @param {string} path absolute
 */
export function windowsPath(path) {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/**
 * Returns the site-packages of an environment.
 * @param {string} python its interpreter
 */
export function packagesOf(python) {
  return join(python, '..', '..', 'Lib', 'site-packages');
}
