/** Tests the newest packed app, or the installed one of `npm run smoke -- PROGRAM`. Runs on all systems. */

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

// A machine with an installed app may have no built clone.
if (installed === undefined)
  it('has a server that passes the smoke test of the frozen server', async () => {
    const server = join(newestApp(root).resources, 'backend', PROGRAM);
    const args = [join(root, 'scripts', 'backend', 'smoke.py'), server];
    const { code, output } = await runChild(interpreter(root, 'python'), args, { cwd: root, quiet: true });
    expect(code, output).toBe(0);
  });

it('starts with --smoke, prints a successful report, and leaves no server running', () => expectGoodReport(executable));

it('starts, responds, quits with 0, and leaves no process', () => expectGoodRun(executable));
