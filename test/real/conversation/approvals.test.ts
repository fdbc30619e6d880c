/** The user decides in the window whether a tool runs. Real Electron, real CachiBot, and a fake model that calls a tool. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { outputFolder, python, serverScript, startApp, temporaryFolder } from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

/** Writes a file, which needs approval. Its first line is longer than the dialog is wide. */
const CODE = `print('${'long '.repeat(40)}${'x'.repeat(300)}')\nwith open('made.txt', 'w') as file:\n    file.write('x')`;
const LIMIT = { timeout: 60_000 };

it('runs a tool that needs approval only if the user allows it', { timeout: 180_000 }, async () => {
  const home = temporaryFolder();
  const model = await openFakeModel({}, { code: { 'Write it': CODE, 'Write it once more': CODE } });
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server: [python(), serverScript], env: model.env });
  const ui = await makeAccount(app, home);
  const made = join(home, 'CachiBot', 'made.txt');
  const heading = ui.getByRole('heading', { name: 'Approval Required' });
  const shown = ui.locator('pre', { hasText: 'made.txt' }).last();

  await say(ui, 'Write it');
  await heading.waitFor(LIMIT);
  expect(await shown.textContent()).toBe(CODE);
  await ui.screenshot({ path: join(outputFolder(), 'approval.png') });
  const hidden = await shown.evaluate(pre => pre.scrollWidth - pre.clientWidth);
  expect(hidden, 'the user sees whole lines').toBe(0);
  expect(existsSync(made)).toBe(false);
  await ui.getByRole('button', { name: 'Allow Anyway' }).click();
  await ui.getByText('You said: Write it').first().waitFor(LIMIT);
  await heading.waitFor({ state: 'hidden' });
  expect(readFileSync(made, 'utf8')).toBe('x');
  rmSync(made);

  await say(ui, 'Write it once more');
  await heading.waitFor(LIMIT);
  await ui.getByRole('button', { name: 'Deny', exact: true }).click();
  await ui.getByText('You said: Write it once more').first().waitFor(LIMIT);
  await heading.waitFor({ state: 'hidden' });
  expect(existsSync(made)).toBe(false);
  expect(model.results.at(-1)).toContain('denied');
});
