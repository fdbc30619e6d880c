/** An installed app with wrong or very long arguments, and on a machine without a display. */
// @module-tag linux: uses ordinary-user.ts

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startup } from '../../../desktop/words/startup';
import { installApp, startInstalled, userFolder, windowTitles } from '../../drivers/ordinary-user';

/** Runs the app until it exits. */
async function run(program: string, env: Record<string, string>, args: string[]) {
  const { child, output } = startInstalled(program, env, { args });
  await new Promise(resolve => child.once('close', resolve));
  return { code: child.exitCode, signal: child.signalCode, output: output() };
}

/** The JSON in an output. Chromium writes lines of its own before and after it. */
const jsonIn = (output: string) => JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));

it('answers, or says what is wrong, before any server and without a display', async () => {
  const { folder, home } = userFolder();
  const program = await installApp(folder);
  const noDisplay = { HOME: home, DISPLAY: '' };
  const started = (...args: string[]) => run(program, noDisplay, args);

  expect(await started('--help')).toMatchObject({
    code: 0,
    output: expect.stringContaining(startup.help('cachibot-desktop')),
  });
  expect(await started('--version')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^CachiBot \d+\.\d+\.\d+$/m),
  });
  const unknown = await started('--nonsense');
  expect(unknown).toMatchObject({ code: 2, output: expect.stringContaining(startup.unknownOption('--nonsense')) });
  expect(await started()).toMatchObject({ code: 2, output: expect.stringContaining(startup.noDisplay) });
  const gone = await run(program, { HOME: home, DISPLAY: ':4242' }, []);
  expect(gone).toMatchObject({ code: 2, output: expect.stringContaining(startup.displayGone(':4242')) });
  const elsewhere = await run(program, { HOME: home, DISPLAY: '127.0.0.1:4242' }, []);
  const unreachable = startup.displayUnreachable('127.0.0.1:4242', 'ECONNREFUSED');
  expect(elsewhere).toMatchObject({ code: 2, output: expect.stringContaining(unreachable) });
  const smoke = await started('--smoke');
  expect(smoke.code).toBe(1);
  expect(jsonIn(smoke.output)).toEqual({ ok: false, failure: { kind: 'refused', message: startup.noDisplay } });
  expect(existsSync(join(home, 'CachiBot')), 'the workspace of a server that was started').toBe(false);

  const doctor = await started('--doctor');
  expect(doctor.code, doctor.output).toBe(0);
  expect(jsonIn(doctor.output)).toMatchObject({ bundle: { ok: true }, port: { number: 5870 } });
});

it('leaves a running app alone when a second start has an argument of 80,000 characters', {
  tags: 'left-to-ci',
}, async () => {
  const { folder, home } = userFolder();
  const program = await installApp(folder);
  const first = startInstalled(program, { HOME: home });
  await expect.poll(windowTitles, { timeout: 20_000, interval: 200 }).toContain('Scripted – CachiBot');
  const second = await run(program, { HOME: home }, ['x'.repeat(80_000)]);
  expect(second).toMatchObject({ code: 2, output: expect.stringContaining(startup.argumentsTooLong(4_000)) });
  const longest = await run(program, { HOME: home }, ['x'.repeat(3_980)]);
  expect(longest).toMatchObject({ code: 0, output: expect.stringContaining(startup.alreadyRunning) });
  expect([first.child.exitCode, first.child.signalCode]).toEqual([null, null]);
  const log = join(home, '.config', 'CachiBot', 'logs', 'main.log');
  await expect.poll(() => readFileSync(log, 'utf8')).toContain('second launch');
});
