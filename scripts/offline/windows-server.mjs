// @ts-check
// The server, frozen for Windows on Linux, by the Windows Python under wine. For tests only: it is never shipped.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freeze } from '../backend/freeze.mjs';
import { freezeOrReuse } from '../backend/server-cache.mjs';
import { openPythonWine, packagesOf, windowsPython, windowsPythonHash, wineCommand } from './windows-python.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

const MARK = 'Frozen under wine, with a Python for tests only. Not for users.';
/** Files that decide how this Python freezes the server, beside the inputs of every frozen server. */
const SOURCES = ['scripts/offline/windows-server.mjs', 'scripts/offline/windows-tools.mjs'];
export const WINDOWS_PROGRAM = 'cachibot-server.exe';

/**
 * Provides the server of these sources, frozen for Windows: from the cache, or frozen now, which takes ten minutes on
 * two cores. It has passed the self-test and the smoke test.
 * @param {Work} work
 * @returns {Promise<string>} its folder
 */
export async function windowsServer(work) {
  const { root } = work;
  const python = await windowsPython(work);
  const folder = join(root, '.setup', 'windows-freeze');
  mkdirSync(folder, { recursive: true });
  const target = join(root, '.setup', 'windows-backend');
  /** @type {import('../backend/freeze.mjs').System} */
  const system = {
    name: 'windows-backend',
    packages: packagesOf(python.python),
    program: WINDOWS_PROGRAM,
    target,
    description: describeWindowsPython(root),
    mark: MARK,
    wrap: () => {
      throw new Error('Nothing is frozen yet.');
    },
  };
  await freezeOrReuse(
    { ...work, title: 'Server for Windows' },
    { folder, ...python, system },
    async (work, folders) => {
      const wine = await openPythonWine(work, python);
      try {
        await freeze(work, { ...folders, system: { ...system, wrap: wineCommand(wine) } }, { archive: false });
      } finally {
        await wine.close();
      }
    },
  );
  return target;
}

/**
 * Returns the part of the server's key in the cache that the Windows Python and our tools for wine decide.
 * @param {string} root
 */
export function describeWindowsPython(root) {
  return windowsPythonHash(root, { files: SOURCES });
}
