import { expect, it } from 'vitest';
import { runElectron } from '../../../scripts/run-electron.mjs';

it('runs Electron as Electron in the terminal of an editor that sets ELECTRON_RUN_AS_NODE', async () => {
  const script = 'process.exit("ELECTRON_RUN_AS_NODE" in process.env ? 3 : 4)';
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  expect(await runElectron({ electron: process.execPath, switches: ['-e', script], args: [], env })).toBe(4);
});
