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

/** Limit of one call, because a command line for Windows has at most 32,767 characters. */
const FILES_IN_A_CALL = 80;

/**
 * Throws a UserError if Windows does not accept the signature of a program or library.
 * @param {readonly string[]} files
 * @param {Run} run
 */
export async function verifyWindowsSignatures(files, run) {
  for (let at = 0; at < files.length; at += FILES_IN_A_CALL) {
    const batch = files.slice(at, at + FILES_IN_A_CALL);
    const paths = batch.map(file => `'${file.replaceAll("'", "''")}'`).join(',');
    const print = 'ForEach-Object { "$($_.Status) $($_.Path)" }';
    const command = `Get-AuthenticodeSignature -LiteralPath ${paths} | ${print}`;
    const { code, output } = await run('powershell', '-NoProfile', '-NonInteractive', '-Command', command);
    const lines = output.split(/\r?\n/).filter(line => line.trim() !== '');
    const wrong = lines.filter(line => !line.startsWith('Valid '));
    if (code !== 0 || wrong.length > 0 || lines.length !== batch.length)
      throw new UserError(`Windows does not accept every signature: ${wrong.join(', ') || output.trim()}`, '');
  }
}
