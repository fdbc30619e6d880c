// @ts-check
// Verifies signatures with the systems' own tools, by the same rules as on users' machines.
import { basename } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {(program: string, ...args: string[]) => Promise<{ code: number | null, output: string }>} Run */

/**
 * Whether an installer is not signed, by its name: see `artifactSuffix` in scripts/dist/pack.mjs.
 * @param {string} installer
 */
export function isUnsigned(installer) {
  return basename(installer).includes('-unsigned');
}

/**
 * Throws a UserError if macOS would not start the app after a download: because of a signature of it or of its contents,
 * because of Gatekeeper, or because the ticket of its notarisation is missing.
 * @param {string} app folder whose name ends with .app
 * @param {Run} run
 */
export async function verifyMacApp(app, run) {
  const checks = /** @type {[string, ...string[]][]} */ ([
    ['codesign', '--verify', '--deep', '--strict', app],
    ['spctl', '--assess', '--type', 'execute', app],
    ['xcrun', 'stapler', 'validate', app],
  ]);
  for (const [program, ...args] of checks) {
    const { code, output } = await run(program, ...args);
    if (code !== 0) throw new UserError(`${program} ${args.join(' ')} exited with code ${code}: ${output.trim()}`, '');
  }
}

/**
 * Throws a UserError if Windows does not accept the signature of a program.
 * @param {readonly string[]} programs
 * @param {Run} run
 */
export async function verifyWindowsSignatures(programs, run) {
  for (const program of programs) {
    const command = `(Get-AuthenticodeSignature -LiteralPath '${program.replaceAll("'", "''")}').Status`;
    const { code, output } = await run('powershell', '-NoProfile', '-NonInteractive', '-Command', command);
    if (code !== 0 || output.trim() !== 'Valid')
      throw new UserError(`The signature of ${program} is not valid: ${output.trim()}`, '');
  }
}
