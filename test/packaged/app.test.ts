/** The unpacked app of `npm run dist:test`, with a scripted server in place of the frozen one. */

import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, inject, it } from 'vitest';
import { words } from '../../desktop/words/en';
import {
  canConnect,
  diary,
  failurePage,
  type LaunchOptions,
  mainLog,
  outputFolder,
  pageAt,
  pidsOf,
  quitApp,
  runApp,
  shownUi,
  startApp,
  temporaryFolder,
} from '../drivers/electron-app';
import { flipByte, writeBundle } from '../fixtures/bundle.mjs';

const { scripted } = inject('packaged');
const backend = () => join(scripted.resources, 'backend');
const inside = (name: string) => join(backend(), name);
const LIBRARY = '_internal/numpy.libs/libopenblas.so';

beforeEach(() => {
  writeBundle(backend());
});

/** Sets the variables of development to values that would fail, because a packed app must ignore them. */
function packed(home: string, more: Partial<LaunchOptions> = {}): LaunchOptions {
  return {
    home,
    packed: scripted.executable,
    server: 'crash',
    env: { CACHIBOT_URL: 'https://example.org' },
    ...more,
  };
}

it('runs its own server, ignores the variables of development, and leaves no process', async () => {
  const home = temporaryFolder();
  const app = await startApp(packed(home));
  await shownUi(app);
  expect(diary(home)[0]).toMatchObject({ event: 'start', argv: ['healthy', '--host', '127.0.0.1', '--port', '5870'] });
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
  expect(await canConnect(5870)).toBe(false);
  expect(pidsOf(home)).toEqual([]);
});

it('says when a package manager has replaced its code', async () => {
  const app = await startApp(packed(temporaryFolder()));
  await shownUi(app);
  const code = join(scripted.resources, 'app.asar');
  copyFileSync(code, `${code}.new`);
  renameSync(`${code}.new`, code);
  await app.evaluate(({ app }) => void app.emit('browser-window-focus'));
  const notice = await pageAt(app, 'app://shell/overlay.html');
  await expect.poll(() => notice.locator('body').textContent()).toContain(words.page.restartToUse);
});

it('contains its own code and the packages it needs, and no other files of the clone', async () => {
  const app = await startApp(packed(temporaryFolder()));
  const files = await app.evaluate(({ app }) => {
    const { readdirSync } = process.getBuiltinModule('node:fs');
    return (readdirSync(app.getAppPath(), { recursive: true }) as string[]).map(name => name.replaceAll('\\', '/'));
  });
  expect(files).toEqual(
    expect.arrayContaining(['package.json', 'updates.json', 'out/shell.js', 'node_modules/tree-kill/index.js']),
  );
  expect(files.filter(name => !/^((package|updates)\.json$|out(\/|$)|node_modules(\/|$))/.test(name))).toEqual([]);
  // The updater's packages, and tree-kill.
  const packages = files
    .filter(name => /^node_modules\/[^/]+$/.test(name))
    .map(name => name.slice('node_modules/'.length));
  expect(packages.sort()).toEqual([
    'argparse',
    'builder-util-runtime',
    'debug',
    'electron-updater',
    'fs-extra',
    'graceful-fs',
    'js-yaml',
    'jsonfile',
    'lazy-val',
    'lodash.escaperegexp',
    'lodash.isequal',
    'ms',
    'sax',
    'semver',
    'tiny-typed-emitter',
    'tree-kill',
    'universalify',
  ]);
  expect(files.filter(name => /\.(ts|map|py)$/.test(name))).toEqual([]);
});

it.each<[string, string, () => void, string]>([
  ['a missing server', 'healthy', () => unlinkSync(inside('cachibot-server')), 'cachibot-server is missing'],
  ['no server at all', 'healthy', () => rmSync(backend(), { recursive: true }), 'cachibot-server is missing'],
  [
    'a server that may not be executed',
    'healthy',
    () => chmodSync(inside('cachibot-server'), 0o644),
    'cachibot-server can’t be run',
  ],
  ['a missing library', 'healthy', () => unlinkSync(inside(LIBRARY)), `${LIBRARY} is missing`],
  ['a truncated library', 'healthy', () => truncateSync(inside(LIBRARY), 7), `${LIBRARY} has the wrong size`],
  ['a changed library', 'crash', () => flipByte(inside(LIBRARY)), `${LIBRARY} has been changed`],
])('names %s, and what to do', async (damage, modes, applyDamage, flaw) => {
  writeBundle(backend(), modes);
  applyDamage();
  const page = await failurePage(await startApp(packed(temporaryFolder())));
  await expect.poll(() => page.locator('#title').textContent()).toBe(words.failure.damaged);
  const detail = await page.locator('#detail').textContent();
  expect(detail).toContain(flaw);
  expect(detail).toContain('Reinstall CachiBot');
  await page.screenshot({ path: join(outputFolder(), `packed-${damage.replaceAll(' ', '-')}.png`) });
});

it('reports its start with --smoke, also when a file is damaged', async () => {
  const home = temporaryFolder();
  const whole = await runApp(packed(home, { args: ['--smoke'] }));
  expect(JSON.parse(whole.stdout)).toMatchObject({ ok: true, server: { version: '0.3.0' } });
  expect(whole.code).toBe(0);
  unlinkSync(inside(LIBRARY));
  const damaged = await runApp(packed(home, { args: ['--smoke'] }));
  expect(JSON.parse(damaged.stdout)).toMatchObject({ ok: false, failure: { kind: 'damaged' } });
  expect(damaged.code).toBe(1);
});

it('says that it is a rehearsal, and why, in the log and in the record of the last failure', async () => {
  const home = temporaryFolder();
  writeBundle(backend(), 'crash');
  await failurePage(await startApp(packed(home)));
  const which = /^CachiBot \d\S+ \(rehearsal: .*a server that is not the clone’s own, tests can drive it\), Electron/;
  const failure = join(home, '.config', 'CachiBot', 'last-failure.json');
  expect(JSON.parse(readFileSync(failure, 'utf8')).about).toMatch(which);
  expect(mainLog(home).split('\n')[0]?.replace(/^\S+ /, '')).toMatch(which);
});

it('reports with --doctor that it is a rehearsal, the path of its server, and whether its files are undamaged', async () => {
  const home = temporaryFolder();
  const doctor = async () => JSON.parse((await runApp(packed(home, { args: ['--doctor'] }))).stdout);
  expect(await doctor()).toMatchObject({
    build: expect.stringMatching(/^rehearsal: .*a server that is not the clone’s own/),
    paths: { server: inside('cachibot-server') },
    bundle: { ok: true, files: 5, flawed: 0 },
    data: { ok: true },
  });
  flipByte(inside(LIBRARY));
  expect((await doctor()).bundle).toMatchObject({ ok: false, flaws: [{ file: LIBRARY, is: 'changed' }] });
});

it('has every fuse off that would let other programs control it, except the one for automated tests', async () => {
  const { getCurrentFuseWire, FuseV1Options: Fuse } = await import('@electron/fuses');
  const ENABLED = '1'.charCodeAt(0); // as written in the executable
  const wire = await getCurrentFuseWire(scripted.executable);
  const on = Object.values(Fuse).filter(fuse => typeof fuse === 'number' && wire[fuse] === ENABLED);
  expect(on.sort()).toEqual(
    [
      Fuse.EnableCookieEncryption,
      Fuse.EnableEmbeddedAsarIntegrityValidation,
      Fuse.OnlyLoadAppFromAsar,
      Fuse.EnableNodeCliInspectArguments,
    ].sort(),
  );
});
