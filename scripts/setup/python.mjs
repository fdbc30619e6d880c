// @ts-check
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findPython } from './find-python.mjs';
import { findUv } from './find-uv.mjs';
import { hashOf, namesHash } from './step.mjs';
import { runTool } from './tool.mjs';

/** @typedef {import('./tool.mjs').Work} Work */
/** @typedef {'python' | 'python-dev' | 'python-build' | 'python-bill' | 'python-older'} Name folder in .setup */
/** @typedef {{ python: string, names: string }} Environment `names`: hash of the names in its site-packages */

/** The Python version of all lock files. */
export const PYTHON_VERSION = '3.12';

/**
 * The Python that releases contain, on every system: the one of python-build-standalone. uv contains the hash of each
 * download, and build/uv.txt pins uv by its hash.
 */
export const RELEASE_PYTHON = '3.12.16';

/**
 * Whether to use exactly the Python of releases, as CI does, instead of a 3.12 of this machine.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function usesReleasePython(env = process.env) {
  return env['CACHIBOT_DESKTOP_PYTHON'] === 'release';
}

/**
 * The set-up step of the server's environment: exactly the packages of build/requirements.lock.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function backend(root) {
  return {
    name: 'python',
    title: 'CachiBot and its Python packages',
    takes: 'downloads about 150 MB, one to three minutes',
    ...environment(root, 'python', 'build/requirements.lock'),
  };
}

/**
 * The set-up step of the test tools' environment, which also sees the server's packages. The tools must not be in the
 * server's environment, because it is tested as it is shipped.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function pythonTools(root) {
  return {
    name: 'python-dev',
    title: 'Python test tools',
    takes: 'about 10 s',
    ...layeredEnvironment(root, 'python-dev', 'build/requirements-dev.lock', server => `site.addsitedir(${server})`),
  };
}

/**
 * The set-up step of an older CachiBot, whose data the tests open. It runs with the server's packages, of which only
 * CachiBot itself is replaced.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function olderCachibot(root) {
  return {
    name: 'python-older',
    title: 'An older CachiBot for tests',
    takes: 'downloads one package, a few seconds',
    ...layeredEnvironment(
      root,
      'python-older',
      'build/requirements-older.lock',
      server => `site.addsitedir(${server})`,
    ),
  };
}

/**
 * The set-up step of the freezing tools' environment. The server's packages come first on its path, so that no tool can
 * replace a locked package in the bundle.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function freezer(root) {
  return {
    name: 'python-build',
    title: 'Python freezing tools',
    takes: 'about 10 s',
    ...layeredEnvironment(
      root,
      'python-build',
      'build/requirements-build.lock',
      server => `sys.path[-1:-1] = [] if ${server} in sys.path else [${server}]`,
    ),
  };
}

/**
 * The set-up step of the environment that writes the bill of materials. It is separate, because the freezer would find
 * its packages and freeze them.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function billWriter(root) {
  return {
    name: 'python-bill',
    title: 'Writer of the bill of materials',
    takes: 'about 10 s',
    ...environment(root, 'python-bill', 'build/requirements-bill.lock'),
  };
}

/**
 * Steps of an environment that also sees the server's packages.
 * @param {string} root
 * @param {Name} name
 * @param {string} lock
 * @param {(server: string) => string} pathLine Python code that adds the server's site-packages to the path
 * @returns {Pick<import('./step.mjs').Step<Environment>, 'inputs' | 'isPresent' | 'run'>}
 */
function layeredEnvironment(root, name, lock, pathLine) {
  const { run, ...rest } = environment(root, name, lock);
  return {
    ...rest,
    async run(work, wasComplete) {
      await run(work, wasComplete);
      const own = sitePackages(root, name);
      const line = pathLine(JSON.stringify(sitePackages(root, 'python')));
      writeFileSync(join(own, 'backend.pth'), `import site, sys; ${line}\n`);
      return { python: interpreter(root, name), names: namesHash(own) };
    },
  };
}

/**
 * @param {string} root
 * @param {Name} name
 * @param {string} lock
 * @returns {Pick<import('./step.mjs').Step<Environment>, 'inputs' | 'isPresent' | 'run'>}
 */
function environment(root, name, lock) {
  return {
    inputs() {
      const python = usesReleasePython() ? [RELEASE_PYTHON] : [];
      return hashOf(root, { files: [lock], words: [PYTHON_VERSION, process.platform, process.arch, ...python] });
    },
    // The interpreter is a link to another Python, which may have been removed; existsSync follows the link.
    isPresent: made =>
      existsSync(made.python) &&
      made.python === interpreter(root, name) &&
      namesHash(sitePackages(root, name)) === made.names,
    async run(work, wasComplete) {
      const folder = join(root, '.setup', name);
      const python = interpreter(root, name);
      const local = findPython(PYTHON_VERSION);
      const release = usesReleasePython();
      const uv = await findUv(work, local, { exact: release });
      const env = cleanEnvironment(local !== undefined && !release);
      // An environment that is only outdated may have another Python, which `pip sync` would not replace.
      if (!wasComplete || release) {
        rmSync(folder, { recursive: true, force: true });
        const choice = pythonChoice(local, release);
        work.say(`      ${choice.said}`);
        await runTool(work, uv, ['venv', '--quiet', ...choice.args, folder], { env });
      }
      // Compile the bytecode now; compiling it at each start takes more than two seconds.
      const options = ['--require-hashes', '--only-binary', ':all:', '--compile-bytecode'];
      await runTool(work, uv, ['pip', 'sync', '--python', python, ...options, relative(work.root, join(root, lock))], {
        env,
      });
      return { python, names: namesHash(sitePackages(root, name)) };
    },
  };
}

/**
 * Returns uv's arguments for the Python of an environment, and a line for the user.
 * @param {string | undefined} local interpreter of this machine
 * @param {boolean} release
 */
function pythonChoice(local, release) {
  if (release)
    return {
      args: ['--managed-python', '--python', RELEASE_PYTHON],
      said: `Python ${RELEASE_PYTHON}, as in a release`,
    };
  return local === undefined
    ? { args: ['--python', PYTHON_VERSION], said: `Python ${PYTHON_VERSION} is not installed: uv downloads it` }
    : { args: ['--python', local], said: `Python from ${local}` };
}

/**
 * Returns our environment without the variables that change which Python runs or what it writes.
 * @param {boolean} haveLocal
 */
function cleanEnvironment(haveLocal) {
  const env = { ...process.env };
  for (const name of ['PYTHONDONTWRITEBYTECODE', 'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV']) delete env[name];
  // Without network, uv would retry a download of Python for a long time.
  if (haveLocal) env['UV_PYTHON_DOWNLOADS'] = 'never';
  // A company's proxy may re-sign TLS connections with a certificate that only the system trusts.
  env['UV_SYSTEM_CERTS'] ??= '1';
  return env;
}

/**
 * Returns the path of an environment's interpreter.
 * @param {string} root
 * @param {Name} name
 */
export function interpreter(root, name) {
  const inner = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  return join(root, '.setup', name, ...inner);
}

/**
 * Returns the path of a program that a package has installed into an environment.
 * @param {string} python the environment's interpreter
 * @param {string} program
 */
export function besidePython(python, program) {
  return join(python, '..', process.platform === 'win32' ? `${program}.exe` : program);
}

/**
 * Returns the path of an environment's site-packages.
 * @param {string} root
 * @param {string} name
 */
export function sitePackages(root, name) {
  const inner = process.platform === 'win32' ? ['Lib'] : ['lib', `python${PYTHON_VERSION}`];
  return join(root, '.setup', name, ...inner, 'site-packages');
}
