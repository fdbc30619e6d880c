// @ts-check
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findPython } from './find-python.mjs';
import { findUv } from './find-uv.mjs';
import { hashOf, namesIn } from './step.mjs';
import { runTool } from './tool.mjs';

/** @typedef {import('./tool.mjs').Work} Work */
/** @typedef {'python' | 'python-dev' | 'python-build' | 'python-bill'} Name of an environment's folder in .setup */
/** @typedef {{ python: string, names: string }} Environment `names`: fingerprint of what is installed in it */

/** The version the backend is locked for. */
export const PYTHON_VERSION = '3.12';

/**
 * The server's own environment: exactly what build/requirements.lock says.
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
 * What checks and tests the server's half: a second environment that also sees the first one's packages.
 * Nothing of it may get into the first, which is tested as it is shipped.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function pythonTools(root) {
  return {
    name: 'python-dev',
    title: 'Python test tools',
    takes: 'about 10 s',
    ...besideTheBackend(root, 'python-dev', 'build/requirements-dev.lock', server => `site.addsitedir(${server})`),
  };
}

/**
 * What freezes the server: a third environment. The server's packages come before its own, so that no tool can
 * take the place of a locked package in the bundle.
 * @param {string} root
 * @returns {import('./step.mjs').Step<Environment>}
 */
export function freezer(root) {
  return {
    name: 'python-build',
    title: 'Python freezing tools',
    takes: 'about 10 s',
    ...besideTheBackend(
      root,
      'python-build',
      'build/requirements-build.lock',
      server => `sys.path[-1:-1] = [] if ${server} in sys.path else [${server}]`,
    ),
  };
}

/**
 * What writes the bill of materials: a fourth environment, for it has packages of its own that the freezer would
 * find and freeze.
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
 * An environment that also sees the backend's packages.
 * @param {string} root
 * @param {Name} name
 * @param {string} lock
 * @param {(server: string) => string} lineThatAdds the folder of the backend's packages to Python's path
 * @returns {Pick<import('./step.mjs').Step<Environment>, 'inputs' | 'isThere' | 'make'>}
 */
function besideTheBackend(root, name, lock, lineThatAdds) {
  const { make, ...rest } = environment(root, name, lock);
  return {
    ...rest,
    async make(work, finishedBefore) {
      await make(work, finishedBefore);
      const own = sitePackages(root, name);
      const line = lineThatAdds(JSON.stringify(sitePackages(root, 'python')));
      writeFileSync(join(own, 'backend.pth'), `import site, sys; ${line}\n`);
      return { python: interpreter(root, name), names: namesIn(own) };
    },
  };
}

/**
 * @param {string} root
 * @param {Name} name
 * @param {string} lock
 * @returns {Pick<import('./step.mjs').Step<Environment>, 'inputs' | 'isThere' | 'make'>}
 */
function environment(root, name, lock) {
  return {
    inputs: () => hashOf(root, { files: [lock], words: [PYTHON_VERSION, process.platform, process.arch] }),
    // The interpreter is a link to the one it was made from, which may have been removed: existsSync follows it.
    isThere: made =>
      existsSync(made.python) &&
      made.python === interpreter(root, name) &&
      namesIn(sitePackages(root, name)) === made.names,
    async make(work, finishedBefore) {
      const folder = join(root, '.setup', name);
      const python = interpreter(root, name);
      const local = findPython(PYTHON_VERSION);
      const uv = await findUv(work, local);
      const env = cleanEnvironment(local !== undefined);
      if (!finishedBefore) {
        rmSync(folder, { recursive: true, force: true });
        work.say(
          local ? `      Python from ${local}` : `      Python ${PYTHON_VERSION} is not on this machine: uv gets one`,
        );
        await runTool(work, uv, ['venv', '--quiet', '--python', local ?? PYTHON_VERSION, folder], { env });
      }
      // Bytecode now: compiled at each start it would cost more than two seconds every time.
      const exactly = ['--require-hashes', '--only-binary', ':all:', '--compile-bytecode'];
      await runTool(work, uv, ['pip', 'sync', '--python', python, ...exactly, relative(work.root, join(root, lock))], {
        env,
      });
      return { python, names: namesIn(sitePackages(root, name)) };
    },
  };
}

/**
 * The caller's environment without what would change which Python runs or what it writes.
 * @param {boolean} haveLocal
 */
function cleanEnvironment(haveLocal) {
  const env = { ...process.env };
  for (const name of ['PYTHONDONTWRITEBYTECODE', 'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV']) delete env[name];
  // Asked for a download that cannot work, uv would try for long.
  if (haveLocal) env['UV_PYTHON_DOWNLOADS'] = 'never';
  // Where a company's proxy signs everything anew, only the system knows whom to trust.
  env['UV_SYSTEM_CERTS'] ??= '1';
  return env;
}

/**
 * @param {string} root
 * @param {Name} name
 */
export function interpreter(root, name) {
  const inner = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  return join(root, '.setup', name, ...inner);
}

/**
 * A program that pip installed into one of the two environments.
 * @param {string} python the environment's interpreter
 * @param {string} program
 */
export function besidePython(python, program) {
  return join(python, '..', process.platform === 'win32' ? `${program}.exe` : program);
}

/**
 * @param {string} root
 * @param {string} name
 */
export function sitePackages(root, name) {
  const inner = process.platform === 'win32' ? ['Lib'] : ['lib', `python${PYTHON_VERSION}`];
  return join(root, '.setup', name, ...inner, 'site-packages');
}
