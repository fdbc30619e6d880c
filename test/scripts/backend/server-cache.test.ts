/** The cache of frozen servers: a server of the same sources is reused if it is intact. */

import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { bundleDifferences } from '../../../scripts/backend/manifest.mjs';
import { freezeOrReuse } from '../../../scripts/backend/server-cache.mjs';
import { flipByte, writeBundle } from '../../fixtures/bundle.mjs';

const ROOT = join(__dirname, '..', '..', '..');
const LIBRARY = '_internal/numpy.libs/libopenblas.so';
vi.setConfig({ testTimeout: 60_000 });
let root = '';
let cache = '';

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-cached-'));
  root = join(folder, 'clone');
  cache = join(folder, 'cache', 'cachibot-desktop');
  for (const name of ['build', 'desktop', 'scripts', 'package-lock.json'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

/** Provides a server in a clone that has none. Returns whether it was frozen again. */
async function run(): Promise<boolean> {
  const target = join(root, 'resources', 'backend');
  rmSync(target, { recursive: true, force: true });
  const folder = join(root, '.setup', 'freeze');
  mkdirSync(folder, { recursive: true });
  const make = vi.fn(async () => void writeBundle(target));
  const folders = { folder, python: process.env['CACHIBOT_TEST_PYTHON'] ?? 'python3', freezer: '', billWriter: '' };
  await freezeOrReuse({ root, title: 'Backend', logFile: join(root, 'log'), say: () => {} }, folders, make);
  expect(bundleDifferences(target)).toEqual([]);
  return make.mock.calls.length > 0;
}

const inCache = (name: string) => join(cache, readdirSync(cache)[0] ?? '', name);

it('freezes once for the same sources', async () => {
  expect([await run(), await run(), await run()]).toEqual([true, false, false]);
});

it.each([
  'build/requirements.lock',
  'build/requirements-build.lock',
  'build/cachibot-server.spec',
  'build/icon.ico',
  'desktop/pyinstaller-modules.py',
  'desktop/pyinstaller-server.py',
  'desktop/cachibot_desktop/patches/registry.py',
  'scripts/backend/contents.py',
  'package-lock.json',
])('freezes again when %s changes', async file => {
  await run();
  appendFileSync(join(root, file), '# changed\n');
  expect(await run()).toBe(true);
});

it('does not freeze again when a file changes that is not part of the server', async () => {
  await run();
  appendFileSync(join(root, 'desktop/main.ts'), '// changed\n');
  expect(await run()).toBe(false);
});

it.each<[string, () => void]>([
  ['a changed byte', () => flipByte(inCache(LIBRARY))],
  ['a missing file', () => unlinkSync(inCache(LIBRARY))],
  ['no manifest', () => unlinkSync(inCache('manifest.json'))],
  ['an invalid manifest', () => cpSync(inCache('_internal/cachibot/VERSION'), inCache('manifest.json'))],
])('freezes again when the cached server has %s', async (_damage, damage) => {
  await run();
  damage();
  expect([await run(), await run()]).toEqual([true, false]);
});

it('keeps at most three servers in the cache', async () => {
  for (let change = 0; change < 5; change++) {
    appendFileSync(join(root, 'build/requirements.lock'), `# ${change}\n`);
    await run();
  }
  expect(readdirSync(cache)).toHaveLength(3);
  expect(await run()).toBe(false);
});

it('provides the server even if the cache cannot be created', async () => {
  appendFileSync(join(cache, '..', '..', 'file'), '');
  vi.stubEnv('XDG_CACHE_HOME', join(cache, '..', '..', 'file'));
  expect([await run(), await run()]).toEqual([true, true]);
});
