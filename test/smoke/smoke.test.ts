/** The packed app that was built last, or the installed one that `npm run smoke -- PROGRAM` names. Runs on all systems. */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM } from '../../scripts/backend/freeze.mjs';
import { newestApp } from '../../scripts/dist/unpacked-app.mjs';
import { interpreter } from '../../scripts/setup/python.mjs';
import { runChild } from '../../scripts/testing/child.mjs';
import { expectGoodReport, expectGoodRun } from '../drivers/smoke';

const root = join(__dirname, '..', '..');
const installed = process.env['CACHIBOT_TEST_PROGRAM'];
const executable = installed ?? newestApp(root).executable;

// An installed app is tried where no clone has built it.
if (installed === undefined)
  it('has a server that passes the smoke test of the freeze', async () => {
    const server = join(newestApp(root).resources, 'backend', PROGRAM);
    const args = [join(root, 'scripts', 'backend', 'smoke.py'), server];
    const { code, output } = await runChild(interpreter(root, 'python'), args, { cwd: root, quiet: true });
    expect(code, output).toBe(0);
  });

it('starts with --smoke, prints a good report, and leaves no server', () => expectGoodReport(executable));

it('starts, answers, quits with 0, and leaves nothing', () => expectGoodRun(executable));
