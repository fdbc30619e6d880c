/** The shell with a frozen server's folder, undamaged and damaged. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { chmodSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  diary,
  failurePage,
  outputFolder,
  runApp,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { flipByte, writeBundle } from '../../fixtures/bundle.mjs';

const LIBRARY = '_internal/numpy.libs/libopenblas.so';

it('runs the server of an undamaged folder', async () => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'));
  await shownUi(await startApp({ home, server: { bundle } }));
});

it.each<[string, string, (inside: (name: string) => string) => void, string]>([
  [
    'a server that is missing',
    'healthy',
    inside => unlinkSync(inside('cachibot-server')),
    'cachibot-server is missing',
  ],
  [
    'a server that may not be executed',
    'healthy',
    inside => chmodSync(inside('cachibot-server'), 0o644),
    'cachibot-server can’t be run',
  ],
  [
    'a library that is missing, though the server runs',
    'healthy',
    inside => unlinkSync(inside(LIBRARY)),
    `${LIBRARY} is missing`,
  ],
  ['a truncated library', 'crash', inside => truncateSync(inside(LIBRARY), 7), `${LIBRARY} has the wrong size`],
  ['a changed library that crashes the server', 'crash', inside => flipByte(inside(LIBRARY)), `${LIBRARY} has been`],
])('names %s, and what to do', async (damage, modes, applyDamage, flaw) => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'), modes);
  applyDamage(name => join(bundle, name));
  const page = await failurePage(await startApp({ home, server: { bundle } }));
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.damaged);
  const detail = await page.locator('#detail').textContent();
  expect(detail).toContain(flaw);
  expect(detail).toContain('Reinstall CachiBot');
  await page.screenshot({ path: join(outputFolder(), `${damage.replaceAll(/\W+/g, '-')}.png`) });
});

it('shows the end of the server’s stderr when a changed file has crashed it', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'), 'crash');
  flipByte(join(bundle, LIBRARY));
  const page = await failurePage(await startApp({ home, server: { bundle } }));
  await expect.poll(() => page.locator('#lines').textContent()).toContain('ModuleNotFoundError');
});

it('starts by Try again after the files are repaired', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'));
  chmodSync(join(bundle, 'cachibot-server'), 0o644);
  const app = await startApp({ home, server: { bundle } });
  const page = await failurePage(app);
  chmodSync(join(bundle, 'cachibot-server'), 0o755);
  await page.locator('#retry').click();
  await shownUi(app);
  expect(diary(home).filter(({ event }) => event === 'start')).toHaveLength(1);
});

it('checks the hashes with --doctor, and reports the damage with --smoke', async () => {
  const home = temporaryFolder();
  const bundle = writeBundle(join(home, 'backend'));
  const doctor = async () => JSON.parse((await runApp({ home, server: { bundle }, args: ['--doctor'] })).stdout).bundle;
  expect(await doctor()).toEqual({ ok: true, files: 5, flawed: 0, flaws: [] });
  flipByte(join(bundle, LIBRARY));
  expect(await doctor()).toMatchObject({ ok: false, flaws: [{ file: LIBRARY, is: 'changed' }] });
  unlinkSync(join(bundle, LIBRARY));
  const { code, stdout } = await runApp({ home, server: { bundle }, args: ['--smoke'] });
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, failure: { kind: 'damaged', flaws: [{ file: LIBRARY }] } });
  expect(code).toBe(1);
});
