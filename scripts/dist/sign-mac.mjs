// @ts-check
// Signs the app for macOS. Each program gets only the entitlements that it needs.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runChild } from '../testing/child.mjs';
import { machOFilesIn } from './mach-o.mjs';

/** @typedef {(command: string, args: string[], options: Parameters<typeof runChild>[2]) => ReturnType<typeof runChild>} Run */

/** Entitlements of each program, by the end of its path in the app; the first that matches counts. */
const HELPERS = /** @type {const} */ ([
  [/ Helper \((Renderer|GPU|Plugin)\)\.app(\/|$)/, 'renderer'],
  [/ Helper\.app(\/|$)/, 'helper'],
]);
const FILES = {
  app: 'entitlements.mac.plist',
  helper: 'entitlements.mac.helper.plist',
  renderer: 'entitlements.mac.renderer.plist',
  server: 'entitlements.mac.server.plist',
};
/** The time stamp comes from Apple's server, which now and then does not respond. */
const TRIES = 3;
const PAUSE_MS = 10_000;
const BATCH = 100;

/**
 * Returns the file with the entitlements of a program in the app.
 * @param {string} build folder of the entitlements
 * @param {string} app
 * @param {string} file
 */
export function entitlementsFor(build, app, file) {
  const inside = file.slice(app.length);
  const helper = HELPERS.find(([pattern]) => pattern.test(inside))?.[1];
  // Entitlements of a library have no effect: those of the program that loads it count.
  return join(build, FILES[helper ?? (file === app ? 'app' : 'renderer')]);
}

/**
 * electron-builder calls this to sign the app, after the server in it.
 * @param {{ app: string, optionsForFile: (file: string) => object }} options
 * @param {{ info: { buildResourcesDir: string } }} packager
 * @param {(options: { app: string, optionsForFile: (file: string) => object }) => Promise<void>} [sign]
 */
export default async function signApp(options, { info }, sign = signAsElectronBuilder) {
  /** @param {string} file */
  const optionsForFile = file => ({
    ...options.optionsForFile(file),
    entitlements: entitlementsFor(info.buildResourcesDir, options.app, file),
  });
  await sign({ ...options, optionsForFile });
}

/**
 * Signs an app with electron-builder's own function, which makes three attempts, as `signServer` does.
 * @param {object} options
 */
async function signAsElectronBuilder(options) {
  const { sign } = await import('app-builder-lib/out/codeSign/macCodeSign.js');
  await sign(/** @type {any} */ (options));
}

/**
 * Signs the frozen server: the libraries in batches, then the programs that load them.
 * @param {string} backend
 * @param {object} options
 * @param {string} options.build folder of the entitlements
 * @param {string} [options.keychain] keychain that electron-builder has created for the certificate
 * @param {Run} [options.run]
 * @param {number} [options.pauseMs] before another try
 */
export async function signServer(backend, { build, keychain, run = runChild, pauseMs = PAUSE_MS }) {
  const keychains = keychain === undefined ? [] : [keychain];
  const identities = await runOrThrow(run, 'security', ['find-identity', '-v', '-p', 'codesigning', ...keychains]);
  const identity = /([0-9A-F]{40}) "Developer ID Application/.exec(identities)?.[1];
  if (identity === undefined) throw new Error('There is no Developer ID certificate to sign the server with.');
  const from = keychain === undefined ? [] : ['--keychain', keychain];
  const sign = ['--force', '--timestamp', '--options', 'runtime', ...from, '--sign', identity];
  const entitlements = ['--entitlements', join(build, FILES.server)];
  const files = machOFilesIn(backend);
  const libraries = files.flatMap(({ file, isProgram }) => (isProgram ? [] : [file]));
  const programs = files.flatMap(({ file, isProgram }) => (isProgram ? [file] : []));
  /** @param {string[]} args */
  const codesign = args => tryAgain(() => runOrThrow(run, 'codesign', args), pauseMs);
  for (let at = 0; at < libraries.length; at += BATCH) await codesign([...sign, ...libraries.slice(at, at + BATCH)]);
  for (const program of programs) await codesign([...sign, ...entitlements, program]);
}

/**
 * Runs an action again if it fails, and throws the last error.
 * @template T
 * @param {() => Promise<T>} action
 * @param {number} pauseMs
 */
async function tryAgain(action, pauseMs) {
  for (let tries = 1; ; tries += 1)
    try {
      return await action();
    } catch (error) {
      if (tries === TRIES) throw error;
      await pause(pauseMs);
    }
}

/**
 * Runs a program and returns its output. Throws if it fails.
 * @param {Run} run
 * @param {string} command
 * @param {string[]} args
 */
async function runOrThrow(run, command, args) {
  const { code, output } = await run(command, args, { cwd: process.cwd(), quiet: true });
  if (code !== 0) throw new Error(`${command} ${args.at(-1)} exited with code ${code}: ${output.trim()}`);
  return output;
}
