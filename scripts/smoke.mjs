// @ts-check
// `npm run smoke`: starts the unpacked app that was built last, as a person would.
import './setup/node-version.mjs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smokeChecks } from './smoke/checks.mjs';
import { report, sum } from './testing/counted.mjs';
import { inTurn } from './testing/in-turn.mjs';
import { openScreen } from './testing/screen.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const env = { ...process.env, ...(await openScreen()) };
const results = await inTurn(smokeChecks(root, env, console.log));
process.exitCode = report(sum(results, { skippedCountsAsFailed: true }));
// The screen would keep this process alive.
process.exit();
