// @ts-check
// `npm run smoke`: starts the unpacked app that was built last, twice: with --smoke, and as a person would.
import './setup/node-version.mjs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newestApp } from './dist/unpacked-app.mjs';
import { switchesForMachine } from './run-electron.mjs';
import { Trouble } from './setup/trouble.mjs';
import { startAndQuit } from './smoke/drive.mjs';
import { ownReport } from './smoke/report.mjs';
import { report } from './testing/counted.mjs';
import { openScreen } from './testing/screen.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.log;

try {
  const { executable } = newestApp(root);
  say(relative(root, executable));
  const env = { ...process.env, ...(await openScreen()) };
  const switches = switchesForMachine({ args: [], env, say });
  process.exitCode = report(
    await inTurn({
      'its own report is good, and its server is gone': async () => {
        const { phasesMs, server } = await ownReport(executable, switches, env);
        say(`  server ${server.version}, milliseconds after its first line: ${JSON.stringify(phasesMs)}`);
      },
      'starts, answers, quits with 0, and leaves nothing': async () => {
        say(`  its server answered on port ${await startAndQuit(executable, switches, env)}`);
      },
    }),
  );
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
// The screen would keep this process alive.
process.exit();

/**
 * @param {Record<string, () => Promise<void>>} checks
 * @returns {Promise<import('./testing/counted.mjs').Counted>}
 */
async function inTurn(checks) {
  /** @type {import('./testing/counted.mjs').Counted} */
  const counted = { passed: 0, failed: [], skipped: [] };
  for (const [name, check] of Object.entries(checks)) {
    say(name);
    try {
      await check();
      counted.passed++;
    } catch (error) {
      counted.failed.push({ name, detail: String(/** @type {Error} */ (error).message) });
    }
  }
  return counted;
}
