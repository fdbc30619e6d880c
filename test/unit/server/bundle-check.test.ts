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
import { inspectBundle } from '../../../desktop/server/bundle-check';
import { withBundleCheck } from '../../../desktop/server/checked-host';
import type { Flaw } from '../../../desktop/server/core/bundle-manifest';
import type { BackendHost, Server, ServerEnd, ServerEvents } from '../../../desktop/server/host';
import { createGate } from '../../../desktop/startup/gate';
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
    'a server without permission to run',
    () => chmodSync(inside('cachibot-server'), 0o644),
    [{ file: 'cachibot-server', is: 'not-executable' }],
  ],
];

/** Kinds of damage, with a function that causes it and the flaws that the check finds. */
const damages: Damage[] = [
  ['a missing server', () => unlinkSync(inside('cachibot-server')), [{ file: 'cachibot-server', is: 'missing' }]],
  ...(process.platform === 'win32' ? [] : NO_PERMISSION), // Windows has no such permission
  ['a missing library', () => unlinkSync(inside(LIBRARY)), [{ file: LIBRARY, is: 'missing' }]],
  ['a truncated library', () => truncateSync(inside(LIBRARY), 100), [{ file: LIBRARY, is: 'of-another-size' }]],
  ['a missing link', () => unlinkSync(inside(LINK)), [{ file: LINK, is: 'missing' }]],
  [
    'a link with another target',
    () => {
      unlinkSync(inside(LINK));
      symlinkSync('/dev/null', inside(LINK));
    },
    [{ file: LINK, is: 'changed' }],
  ],
  ['a missing manifest', () => unlinkSync(inside('manifest.json')), [{ file: 'manifest.json', is: 'missing' }]],
  ['a truncated manifest', () => truncateSync(inside('manifest.json'), 50), [{ file: 'manifest.json', is: 'changed' }]],
  [
    'a missing bundle',
    () => rmSync(folder, { recursive: true }),
    [
      { file: 'cachibot-server', is: 'missing' },
      { file: 'manifest.json', is: 'missing' },
    ],
  ],
];

describe('the check of a frozen server', () => {
  it('finds no flaw in an intact server, with and without hashes', async () => {
    expect(await inspectBundle(bundle(), { hashes: false })).toEqual({ files: 5, flawed: 0, flaws: [] });
    expect(await inspectBundle(bundle(), { hashes: true })).toEqual({ files: 5, flawed: 0, flaws: [] });
  });

  it.each(damages)('finds %s', async (_what, damageIt, flaws) => {
    damageIt();
    expect(await inspectBundle(bundle(), { hashes: false })).toMatchObject({ flawed: flaws.length, flaws });
    expect(await inspectBundle(bundle(), { hashes: true })).toMatchObject({ flawed: flaws.length, flaws });
  });

  it('finds a changed byte with hashes only', async () => {
    flipByte(inside(LIBRARY));
    expect(await inspectBundle(bundle(), { hashes: false })).toMatchObject({ flawed: 0 });
    expect(await inspectBundle(bundle(), { hashes: true })).toMatchObject({
      flaws: [{ file: LIBRARY, is: 'changed' }],
    });
  });

  it('lists the server first and at most twenty files, and counts all of them', async () => {
    const manifest = JSON.parse(readFileSync(inside('manifest.json'), 'utf8'));
    for (let file = 0; file < 50; file++) manifest.files[`_internal/${file}`] = { size: 1, sha256: '' };
    writeFileSync(inside('manifest.json'), JSON.stringify(manifest));
    unlinkSync(inside('cachibot-server'));
    const { files, flawed, flaws } = await inspectBundle(bundle(), { hashes: false });
    expect([files, flawed, flaws.length, flaws[0]?.file]).toEqual([55, 51, 20, 'cachibot-server']);
  });
});

const crash: ServerEnd = { kind: 'exited', code: 3, signal: null, lines: ['Segmentation fault'] };

/** Launches a fake server that the test controls. */
function launchFake(begins: Promise<void> = Promise.resolve()) {
  const reported: unknown[] = [];
  const calls: string[] = [];
  let events: ServerEvents | undefined;
  const server: Server = {
    pid: 1,
    token: undefined,
    probe: async () => ({ kind: 'ready', version: '0.3.0' }),
    lastLines: () => ['its last line'],
    isSuspended: () => false,
    hasExited: () => false,
    requestStop: () => calls.push('stop'),
    killTree: () => calls.push('kill'),
  };
  const host: BackendHost = {
    launch(handlers) {
      events = handlers;
      return server;
    },
  };
  let inspections = 0;
  const inspect: typeof inspectBundle = (...args) => {
    inspections += 1;
    return inspectBundle(...args);
  };
  const checked = withBundleCheck(host, bundle(), { inspect, begins, log: () => {} }).launch({
    onEnd: end => reported.push(end),
    onDamage: damage => reported.push(damage),
    onOutput: () => {},
  });
  return { checked, reported, calls, inspections: () => inspections, exit: (end: ServerEnd) => events?.onEnd(end) };
}

describe('a server that starts', () => {
  it.each(damages)('is stopped for %s', async (_what, damageIt, flaws) => {
    damageIt();
    const { reported } = launchFake();
    await expect.poll(() => reported).toEqual([expect.objectContaining({ kind: 'damaged', folder, flaws })]);
  });

  it('is not stopped when all files exist', async () => {
    const { reported, inspections } = launchFake();
    await expect.poll(inspections).toBe(1);
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(reported).toEqual([]);
  });

  it('is checked when the check may begin', async () => {
    const gate = createGate(60_000);
    const { inspections } = launchFake(gate.opened);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(inspections()).toBe(0);
    gate.open();
    await expect.poll(inspections).toBe(1);
  });

  it.each<[string, (fake: ReturnType<typeof launchFake>) => void]>([
    ['has to stop', ({ checked }) => checked.requestStop()],
    ['has lost its port', ({ exit }) => exit({ kind: 'port-lost', port: 5870 })],
  ])('is not checked any more when it %s', async (_what, end) => {
    unlinkSync(inside('manifest.json'));
    const gate = createGate(60_000);
    const fake = launchFake(gate.opened);
    end(fake);
    gate.open();
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(fake.inspections()).toBe(0);
    expect(fake.reported).not.toContainEqual(expect.objectContaining({ kind: 'damaged' }));
  });

  it('is not ready before all its files are checked', async () => {
    unlinkSync(inside(LIBRARY));
    const { checked, reported } = launchFake();
    await checked.probe(new AbortController().signal);
    expect(reported).toMatchObject([{ kind: 'damaged' }]);
  });

  it('reports a changed file as the cause of its exit, with its last lines', async () => {
    flipByte(inside(LIBRARY));
    const { reported, exit } = launchFake();
    exit(crash);
    await expect
      .poll(() => reported)
      .toMatchObject([{ kind: 'damaged', flaws: [{ file: LIBRARY, is: 'changed' }], lines: ['Segmentation fault'] }]);
  });

  it('reports its own failure when it exits and its files are intact', async () => {
    const { reported, exit } = launchFake();
    exit(crash);
    await expect.poll(() => reported).toEqual([crash]);
  });

  it.each<[string, ServerEnd]>([
    ['a lost port', { kind: 'port-lost', port: 5870 }],
    ['a full disk, which the server reports itself', { ...crash, code: 51 }],
  ])('is not checked after %s', (_what, end) => {
    const { reported, exit } = launchFake();
    exit(end);
    expect(reported).toEqual([end]);
  });

  it('is not checked when it exits after it was ready', async () => {
    const { checked, reported, exit } = launchFake();
    await checked.probe(new AbortController().signal);
    exit(crash);
    expect(reported).toEqual([crash]);
  });

  it('does not delay quitting while the hashes are computed, and no signal goes to a PID that has exited', async () => {
    flipByte(inside(LIBRARY));
    const { checked, reported, calls, exit } = launchFake();
    exit(crash);
    checked.requestStop();
    checked.killTree();
    await expect.poll(() => reported).toEqual([crash]);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect([reported, calls]).toEqual([[crash], []]);
  });

  it('is stopped and killed while it runs', () => {
    const { checked, calls } = launchFake();
    checked.requestStop();
    checked.killTree();
    expect(calls).toEqual(['stop', 'kill']);
  });
});
