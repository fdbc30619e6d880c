// @ts-check
import { join, relative } from 'node:path';
import { PROGRAM } from '../backend/freeze.mjs';
import { newestApp } from '../dist/unpacked-app.mjs';
import { switchesForMachine } from '../run-electron.mjs';
import { interpreter } from '../setup/python.mjs';
import { runChild } from '../testing/child.mjs';
import { startAndQuit } from './drive.mjs';
import { ownReport } from './report.mjs';

/**
 * Tries the unpacked app that was built last: its server alone, the app with --smoke, and the app as a person would.
 * Of an app that is installed, the last two.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env with a screen
 * @param {(line: string) => void} say
 * @param {string} [program] an app that is installed
 */
export function smokeChecks(root, env, say, program) {
  /** @param {(executable: string, switches: string[]) => Promise<string>} check */
  const onTheApp = check => async () => {
    const executable = program ?? newestApp(root).executable;
    const switches = switchesForMachine({ args: [], env, say });
    say(`  ${relative(root, executable)}: ${await check(executable, switches)}`);
  };
  const ofServer = {
    'The packed server passes the smoke test that it passed when it was frozen': async () => {
      const server = join(newestApp(root).resources, 'backend', PROGRAM);
      const args = [join(root, 'scripts', 'backend', 'smoke.py'), server];
      const { code, output } = await runChild(interpreter(root, 'python'), args, { cwd: root, quiet: true });
      if (code !== 0) throw new Error(output);
      say(output.trimEnd().replace(/^/gm, '  '));
    },
  };
  return {
    ...(program === undefined ? ofServer : {}),
    'The packed app’s own report is good, and its server is gone': onTheApp(async (executable, switches) => {
      const { phasesMs, server } = await ownReport(executable, switches, env);
      return `server ${server.version}, milliseconds after its first line: ${JSON.stringify(phasesMs)}`;
    }),
    'The packed app starts, answers, quits with 0, and leaves nothing': onTheApp(
      async (executable, switches) => `its server answered on port ${await startAndQuit(executable, switches, env)}`,
    ),
  };
}
