// @ts-check
// Electron's fuses: bytes of its program that switch features off for good. Every fuse must have a state of ours, also
// those that electron-builder does not know yet.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/** The fuses that electron-builder sets from `electronFuses` in electron-builder.yml, in Electron's order. */
const KNOWN = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
];
/** Newer fuses, in Electron's order, which are set here. WebAssembly that traps memory faults is faster, and as safe. */
const NEWER = /** @type {[string, boolean][]} */ ([['wasmTrapHandlers', true]]);
/** Precedes the fuses in the program: version, number of fuses, and a digit for each. */
export const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const [OFF, ON] = [0x30, 0x31];

/** @typedef {{ start: number, states: number[] }} Wire `start`: offset of the first fuse; a state for each fuse */

/**
 * Sets the fuses that electron-builder does not know.
 * @param {string} program
 */
export function setNewerFuses(program) {
  const open = openSync(program, 'r+');
  try {
    for (const { start, states } of wiresIn(program))
      for (const [index, [, on]] of NEWER.entries())
        if (KNOWN.length + index < states.length)
          writeSync(open, Buffer.from([on ? ON : OFF]), 0, 1, start + KNOWN.length + index);
  } finally {
    closeSync(open);
  }
}

/**
 * Throws a UserError if a fuse of a packed app is not in its wanted state, or has none.
 * @param {string} executable
 * @param {Record<string, unknown>} wanted `electronFuses` of electron-builder.yml
 */
export function checkFuses(executable, wanted) {
  const program = fuseFileOf(executable);
  const wires = wiresIn(program);
  const expected = [...KNOWN.map(name => /** @type {const} */ ([name, wanted[name]])), ...NEWER];
  const wrong = wires.flatMap(({ states }) =>
    states.flatMap((state, index) => {
      const [name, on] = expected[index] ?? [`number ${index + 1}`, undefined];
      return state === (on === undefined ? undefined : on ? ON : OFF) ? [] : [name];
    }),
  );
  if (wires.length === 0 || wrong.length > 0)
    throw new UserError(
      `Electron’s fuses are not as they must be: ${wrong.join(', ') || 'none found'} (${program}).`,
      'Set each of them in electron-builder.yml or scripts/dist/fuses.mjs.',
    );
}

/**
 * Returns the file that contains the fuses.
 * @param {string} executable the app's program
 */
export function fuseFileOf(executable) {
  const [app, inside] = executable.split(/(?<=\.app)(?=[\\/])/);
  const framework = ['Contents', 'Frameworks', 'Electron Framework.framework', 'Electron Framework'];
  return inside === undefined ? executable : join(String(app), ...framework);
}

/**
 * Returns the fuses of a program, once for each architecture in it.
 * @param {string} program
 * @returns {Wire[]}
 */
function wiresIn(program) {
  const bytes = readFileSync(program);
  const wires = [];
  for (let at = bytes.indexOf(SENTINEL); at !== -1; at = bytes.indexOf(SENTINEL, at + 1)) {
    const start = at + SENTINEL.length + 2;
    wires.push({ start, states: [...bytes.subarray(start, start + (bytes[start - 1] ?? 0))] });
  }
  return wires;
}
