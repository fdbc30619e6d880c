// @ts-check
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { switchesForMachine } from '../run-electron.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { copyApps } from './apps.mjs';
import { tryRows } from './lanes.mjs';

/** How long a server is made to die at random. */
export const SOAK_SECONDS = 300;

/**
 * Packs the app if need be, tries the rows on it, and tells each as soon as it is over.
 * @param {readonly import('./trial.mjs').Row[]} rows
 * @param {import('../testing/runners.mjs').Place} place with a screen
 * @param {{ say: (line: string) => void, soakSeconds?: number }} options
 */
export async function tryAll(rows, { root, output, env }, { say, soakSeconds = SOAK_SECONDS }) {
  if (process.platform !== 'linux') throw new Trouble('These faults are written for Linux.', 'Run them there.');
  if (process.getuid?.() !== 0) throw new Trouble('Full disks and other users need root.', 'Run it as root.');
  const work = { root, title: 'Packing of the app', logFile: join(output, 'chaos.log'), say };
  const apps = await copyApps(work, env['CACHIBOT_TEST_ELECTRON'] ?? '');
  const tidy = () => rmSync(apps.folder, { recursive: true, force: true });
  process.once('exit', tidy);
  try {
    const switches = switchesForMachine({ args: [], env, say: () => {} });
    const python = env['CACHIBOT_TEST_PYTHON'] ?? '';
    return await tryRows(rows, { apps, env, switches, python, soakMs: soakSeconds * 1000 }, result => {
      say(`${result.ok ? 'ok    ' : 'FAILED'} ${result.name}, ${(result.ms / 1000).toFixed(1)} s`);
      if (!result.ok) say(`       ${result.evidence}\n       ${result.seen}`);
    });
  } finally {
    process.removeListener('exit', tidy);
    tidy();
  }
}
