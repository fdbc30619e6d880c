/** What CI does to have a frozen server: take the one of the same sources from the cache, if that is whole. */

import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { freezeOnce } from '../../../scripts/backend/cached.mjs';
import { differences } from '../../../scripts/backend/manifest.mjs';
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
  for (const name of ['build', 'desktop', 'scripts']) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

/** One run, in a clone without a frozen server. Returns whether it had to freeze one. */
async function run(): Promise<boolean> {
  const target = join(root, 'resources', 'backend');
  rmSync(target, { recursive: true, force: true });
  const folder = join(root, '.setup', 'freeze');
  mkdirSync(folder, { recursive: true });
  const make = vi.fn(async () => void writeBundle(target));
  const place = { folder, python: process.env['CACHIBOT_TEST_PYTHON'] ?? 'python3', freezer: '', billWriter: '' };
  await freezeOnce({ root, title: 'Backend', logFile: join(root, 'log'), say: () => {} }, place, make);
  expect(differences(target)).toEqual([]);
  return make.mock.calls.length > 0;
}

const cached = (name: string) => join(cache, readdirSync(cache)[0] ?? '', name);

it('is frozen once for the same sources', async () => {
  expect([await run(), await run(), await run()]).toEqual([true, false, false]);
});

it.each([
  'build/requirements.lock',
  'build/requirements-build.lock',
  'build/cachibot-server.spec',
  'desktop/pyinstaller-server.py',
  'desktop/cachibot_desktop/patches/registry.py',
  'scripts/backend/contents.py',
])('is frozen anew when %s changes', async file => {
  await run();
  appendFileSync(join(root, file), '# changed\n');
  expect(await run()).toBe(true);
});

it('is not frozen anew for what does not go into it', async () => {
  await run();
  appendFileSync(join(root, 'desktop/main.ts'), '// changed\n');
  expect(await run()).toBe(false);
});

it.each<[string, () => void]>([
  ['a changed byte', () => flipByte(cached(LIBRARY))],
  ['a missing file', () => unlinkSync(cached(LIBRARY))],
  ['no manifest', () => unlinkSync(cached('manifest.json'))],
  ['half a manifest', () => cpSync(cached('_internal/cachibot/VERSION'), cached('manifest.json'))],
])('is not taken from the cache with %s there', async (_what, harm) => {
  await run();
  harm();
  expect([await run(), await run()]).toEqual([true, false]);
});

it('leaves no more than three in the cache', async () => {
  for (let change = 0; change < 5; change++) {
    appendFileSync(join(root, 'build/requirements.lock'), `# ${change}\n`);
    await run();
  }
  expect(readdirSync(cache)).toHaveLength(3);
  expect(await run()).toBe(false);
});

it('is there all the same where no cache can be', async () => {
  appendFileSync(join(cache, '..', '..', 'file'), '');
  vi.stubEnv('XDG_CACHE_HOME', join(cache, '..', '..', 'file'));
  expect([await run(), await run()]).toEqual([true, true]);
});
