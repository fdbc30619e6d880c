/** What takes minutes to make for the tests of installers and updates, and is made only when it has to be. */

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atMost } from '../../drivers/at-most';
import { ARTIFACTS, madeOnce } from '../../drivers/made-once';

describe('a recipe', () => {
  let root: string;
  let made: string;
  let source: string;
  let times: number;
  const run = (options: unknown = {}, name = 'older') =>
    madeOnce(root, { name, madeOf: [join(root, 'sources')], options }, async () => {
      times++;
      writeFileSync(made, 'made');
      return [made];
    });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cachibot-made-'));
    mkdirSync(join(root, 'sources', 'inner'), { recursive: true });
    mkdirSync(join(root, ARTIFACTS), { recursive: true });
    source = join(root, 'sources', 'inner', 'file');
    writeFileSync(source, 'one');
    made = join(root, 'made');
    times = 0;
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('is made once, also when a source was written again with the same content', async () => {
    expect(await run()).toEqual([made]);
    writeFileSync(source, 'one');
    utimesSync(source, new Date(0), new Date(0));
    expect(await run()).toEqual([made]);
    expect(times).toBe(1);
  });

  it.each<[string, () => unknown, unknown?]>([
    ['a source has changed', () => writeFileSync(source, 'two')],
    ['a source was added', () => writeFileSync(`${source}-2`, '')],
    ['an option has changed', () => {}, { version: '2.0.0' }],
    ['the file is gone', () => rmSync(made)],
    ['another command has replaced the file', () => writeFileSync(made, 'other')],
  ])('is made again when %s', async (_name, change, options) => {
    await run();
    change();
    await run(options);
    expect(times).toBe(2);
  });

  it('is made again when the last time failed', async () => {
    const recipe = { name: 'older', madeOf: [source], options: {} };
    await madeOnce(root, recipe, async () => [source]);
    writeFileSync(source, 'two');
    const failing = madeOnce(root, recipe, () => Promise.reject(new Error('no room')));
    await expect(failing).rejects.toThrow('no room');
    writeFileSync(source, 'one');
    let again = false;
    await madeOnce(root, recipe, async () => {
      again = true;
      return [source];
    });
    expect(again).toBe(true);
  });
});

it('runs at most so many tasks at a time, and all of them', async () => {
  const twoAtATime = atMost(2);
  let running = 0;
  let most = 0;
  const task = async () => {
    most = Math.max(most, ++running);
    await new Promise(resolve => setTimeout(resolve, 5));
    running--;
    return 1;
  };
  const failing = expect(twoAtATime(() => Promise.reject(new Error('one failed')))).rejects.toThrow('one failed');
  const results = await Promise.all(Array.from({ length: 5 }, () => twoAtATime(task)));
  await failing;
  expect(results).toEqual([1, 1, 1, 1, 1]);
  expect(most).toBe(2);
});
