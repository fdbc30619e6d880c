import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { inspectBundle, withBundleCheck } from '../../../desktop/server/bundle-check';
import type { Flaw } from '../../../desktop/server/core/bundle-manifest';
import type { BackendHost, Server, ServerEnd, ServerEvents } from '../../../desktop/server/host';
import { flipByte, writeBundle } from '../../fixtures/bundle.mjs';

let folder: string;
beforeEach(() => {
  const above = mkdtempSync(join(tmpdir(), 'cachibot-bundle-'));
  onTestFinished(() => rmSync(above, { recursive: true }));
  folder = writeBundle(join(above, 'backend'));
});

const inside = (name: string) => join(folder, name);
const bundle = () => ({ folder, server: 'cachibot-server' });
const LIBRARY = '_internal/numpy.libs/libopenblas.so';
const LINK = '_internal/libopenblas.so';

type Damage = [string, () => void, Flaw[]];
const NO_PERMISSION: Damage[] = [
  [
    'a server that may not be run',
    () => chmodSync(inside('cachibot-server'), 0o644),
    [{ file: 'cachibot-server', is: 'not-executable' }],
  ],
];

/** How a bundle may be damaged, and what a look at it says. */
const damages: Damage[] = [
  ['no server', () => unlinkSync(inside('cachibot-server')), [{ file: 'cachibot-server', is: 'missing' }]],
  ...(process.platform === 'win32' ? [] : NO_PERMISSION), // Windows knows none
  ['a library less', () => unlinkSync(inside(LIBRARY)), [{ file: LIBRARY, is: 'missing' }]],
  ['a library cut short', () => truncateSync(inside(LIBRARY), 100), [{ file: LIBRARY, is: 'of-another-size' }]],
  ['a link less', () => unlinkSync(inside(LINK)), [{ file: LINK, is: 'missing' }]],
  [
    'a link that leads elsewhere',
    () => {
      unlinkSync(inside(LINK));
      symlinkSync('/dev/null', inside(LINK));
    },
    [{ file: LINK, is: 'changed' }],
  ],
  ['no manifest', () => unlinkSync(inside('manifest.json')), [{ file: 'manifest.json', is: 'missing' }]],
  ['half a manifest', () => truncateSync(inside('manifest.json'), 50), [{ file: 'manifest.json', is: 'changed' }]],
  [
    'nothing at all',
    () => rmSync(folder, { recursive: true }),
    [
      { file: 'cachibot-server', is: 'missing' },
      { file: 'manifest.json', is: 'missing' },
    ],
  ],
];

describe('a look at a frozen server', () => {
  it('finds nothing wrong with a whole one, with hashes and without', async () => {
    expect(await inspectBundle(bundle(), { hashes: false })).toEqual({ files: 5, flawed: 0, flaws: [] });
    expect(await inspectBundle(bundle(), { hashes: true })).toEqual({ files: 5, flawed: 0, flaws: [] });
  });

  it.each(damages)('finds %s', async (_what, harm, flaws) => {
    harm();
    expect(await inspectBundle(bundle(), { hashes: false })).toMatchObject({ flawed: flaws.length, flaws });
    expect(await inspectBundle(bundle(), { hashes: true })).toMatchObject({ flawed: flaws.length, flaws });
  });

  it('finds a changed byte by the hashes only', async () => {
    flipByte(inside(LIBRARY));
    expect(await inspectBundle(bundle(), { hashes: false })).toMatchObject({ flawed: 0 });
    expect(await inspectBundle(bundle(), { hashes: true })).toMatchObject({
      flaws: [{ file: LIBRARY, is: 'changed' }],
    });
  });

  it('names the server first and twenty files at most, and counts them all', async () => {
    const manifest = JSON.parse(readFileSync(inside('manifest.json'), 'utf8'));
    for (let file = 0; file < 50; file++) manifest.files[`_internal/${file}`] = { size: 1, sha256: '' };
    writeFileSync(inside('manifest.json'), JSON.stringify(manifest));
    unlinkSync(inside('cachibot-server'));
    const { files, flawed, flaws } = await inspectBundle(bundle(), { hashes: false });
    expect([files, flawed, flaws.length, flaws[0]?.file]).toEqual([55, 51, 20, 'cachibot-server']);
  });
});

const crash: ServerEnd = { kind: 'exited', code: 3, signal: null, lines: ['Segmentation fault'] };

/** A server of which nothing happens but what the test makes happen. */
function launchFake() {
  const heard: unknown[] = [];
  const asked: string[] = [];
  let events: ServerEvents | undefined;
  const server: Server = {
    pid: 1,
    token: undefined,
    probe: async () => ({ kind: 'ready', version: '0.3.0' }),
    lastLines: () => ['its last line'],
    isSuspended: () => false,
    hasExited: () => false,
    requestStop: () => asked.push('leave'),
    killTree: () => asked.push('die'),
  };
  const host: BackendHost = {
    launch(given) {
      events = given;
      return server;
    },
  };
  const checked = withBundleCheck(host, bundle(), () => {}).launch({
    onEnd: end => heard.push(end),
    onDamage: damage => heard.push(damage),
    onOutput: () => {},
  });
  return { checked, heard, asked, ends: (end: ServerEnd) => events?.onEnd(end) };
}

describe('a server that starts', () => {
  it.each(damages)('is stopped for %s', async (_what, harm, flaws) => {
    harm();
    const { heard } = launchFake();
    await expect.poll(() => heard).toEqual([expect.objectContaining({ kind: 'damaged', folder, flaws })]);
  });

  it('is left alone when all files are there', async () => {
    const { heard } = launchFake();
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(heard).toEqual([]);
  });

  it('is not ready before all its files were looked at', async () => {
    unlinkSync(inside(LIBRARY));
    const { checked, heard } = launchFake();
    await checked.probe(new AbortController().signal);
    expect(heard).toMatchObject([{ kind: 'damaged' }]);
  });

  it('has died of a changed file, and its last lines are kept', async () => {
    flipByte(inside(LIBRARY));
    const { heard, ends } = launchFake();
    ends(crash);
    await expect
      .poll(() => heard)
      .toMatchObject([{ kind: 'damaged', flaws: [{ file: LIBRARY, is: 'changed' }], lines: ['Segmentation fault'] }]);
  });

  it('has died of something else when its files are whole', async () => {
    const { heard, ends } = launchFake();
    ends(crash);
    await expect.poll(() => heard).toEqual([crash]);
  });

  it.each<[string, ServerEnd]>([
    ['a lost port', { kind: 'port-lost', port: 5870 }],
    ['a full disk, which the server names itself', { ...crash, code: 51 }],
  ])('needs no look at its files after %s', (_what, end) => {
    const { heard, ends } = launchFake();
    ends(end);
    expect(heard).toEqual([end]);
  });

  it('needs no look at its files when it dies after it was ready', async () => {
    const { checked, heard, ends } = launchFake();
    await checked.probe(new AbortController().signal);
    ends(crash);
    expect(heard).toEqual([crash]);
  });

  it('holds up nobody who quits while the hashes are taken, and nothing is sent to a pid that is gone', async () => {
    flipByte(inside(LIBRARY));
    const { checked, heard, asked, ends } = launchFake();
    ends(crash);
    checked.requestStop();
    checked.killTree();
    await expect.poll(() => heard).toEqual([crash]);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect([heard, asked]).toEqual([[crash], []]);
  });

  it('hears the orders while it lives', () => {
    const { checked, asked } = launchFake();
    checked.requestStop();
    checked.killTree();
    expect(asked).toEqual(['leave', 'die']);
  });
});
