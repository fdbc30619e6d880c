// @ts-check
// Whether the systems believe what was signed for them, asked in the way they judge it on users' machines.
import { basename } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {(program: string, ...args: string[]) => Promise<{ code: number | null, output: string }>} Run */

/**
 * The names tell: see `markOf` in scripts/dist/pack.mjs.
 * @param {string} installer
 */
export function isUnsigned(installer) {
  return basename(installer).includes('-unsigned');
}

/**
 * Throws a UserError where macOS would not start an app that was downloaded: for its signature or one within, for
 * Gatekeeper, or because the ticket of its notarisation is not in it.
 * @param {string} app the folder that ends with .app
 * @param {Run} run
 */
export async function expectMacTrusts(app, run) {
  const questions = /** @type {[string, ...string[]][]} */ ([
    ['codesign', '--verify', '--deep', '--strict', app],
    ['spctl', '--assess', '--type', 'execute', app],
    ['xcrun', 'stapler', 'validate', app],
  ]);
  for (const [program, ...args] of questions) {
    const { code, output } = await run(program, ...args);
    if (code !== 0) throw new UserError(`${program} ${args.join(' ')} ended with code ${code}: ${output.trim()}`, '');
  }
}

/**
 * Throws a UserError where Windows does not find the signature of a program valid.
 * @param {readonly string[]} programs
 * @param {Run} run
 */
export async function expectWindowsTrusts(programs, run) {
  for (const program of programs) {
    const ask = `(Get-AuthenticodeSignature -LiteralPath '${program.replaceAll("'", "''")}').Status`;
    const { code, output } = await run('powershell', '-NoProfile', '-NonInteractive', '-Command', ask);
    if (code !== 0 || output.trim() !== 'Valid')
      throw new UserError(`The signature of ${program} is not valid: ${output.trim()}`, '');
  }
}
