// @ts-check
import { relative } from 'node:path';
import { newestApp } from '../dist/unpacked-app.mjs';
import { switchesForMachine } from '../run-electron.mjs';
import { startAndQuit } from './drive.mjs';
import { ownReport } from './report.mjs';

/**
 * Starts the unpacked app that was built last, twice: with --smoke, and as a person would.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env with a screen
 * @param {(line: string) => void} say
 */
export function smokeChecks(root, env, say) {
  /** @param {(executable: string, switches: string[]) => Promise<string>} check */
  const onTheApp = check => async () => {
    const { executable } = newestApp(root);
    const switches = switchesForMachine({ args: [], env, say });
    say(`  ${relative(root, executable)}: ${await check(executable, switches)}`);
  };
  return {
    'The packed app’s own report is good, and its server is gone': onTheApp(async (executable, switches) => {
      const { phasesMs, server } = await ownReport(executable, switches, env);
      return `server ${server.version}, milliseconds after its first line: ${JSON.stringify(phasesMs)}`;
    }),
    'The packed app starts, answers, quits with 0, and leaves nothing': onTheApp(
      async (executable, switches) => `its server answered on port ${await startAndQuit(executable, switches, env)}`,
    ),
  };
}
