// @ts-check
// `npm run smoke`: starts the unpacked app that was built last, as a person would.
// `npm run smoke -- PROGRAM`: one that is installed, such as /opt/CachiBot/cachibot-desktop or an AppImage.
import './setup/node-version.mjs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smokeChecks } from './smoke/checks.mjs';
import { report, sum } from './testing/counted.mjs';
import { inTurn } from './testing/in-turn.mjs';
import { openScreen } from './testing/screen.mjs';

const program = process.argv[2];
const root = resolve(fileURLToPath(import.meta.url), '../..');
const env = { ...process.env, ...(await openScreen()) };
const results = await inTurn(smokeChecks(root, env, console.log, program && resolve(program)));
process.exitCode = report(sum(results, { skippedCountsAsFailed: true }));
// The screen would keep this process alive.
process.exit();
