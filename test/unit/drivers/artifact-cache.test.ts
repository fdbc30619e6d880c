/** The cache of built installers, and the limit of parallel builds. */

import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ARTIFACTS, cachedArtifacts } from '../../drivers/artifact-cache';
import { limitConcurrency } from '../../drivers/concurrency-limit';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

describe('an artifact', () => {
  let root: string;
  let made: string;
  let source: string;
  let times: number;
  const run = (options: unknown = {}, name = 'older') =>
    cachedArtifacts(root, { name, inputs: [join(root, 'sources')], options }, async () => {
      times++;
      writeFileSync(made, 'made');
      return [made];
    });

  beforeEach(() => {
    root = createTemporaryFolder();
    mkdirSync(join(root, 'sources', 'inner'), { recursive: true });
    mkdirSync(join(root, ARTIFACTS), { recursive: true });
    source = join(root, 'sources', 'inner', 'file');
    writeFileSync(source, 'one');
    made = join(root, 'made');
    times = 0;
  });

  it('is built once, also when a source was written again with the same content', async () => {
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
    ['its file is missing', () => rmSync(made)],
    ['another command has replaced its file', () => writeFileSync(made, 'other')],
  ])('is built again when %s', async (_name, change, options) => {
    await run();
    change();
    await run(options);
    expect(times).toBe(2);
  });

  it('is built again when the last build failed', async () => {
    const key = { name: 'older', inputs: [source], options: {} };
    await cachedArtifacts(root, key, async () => [source]);
    writeFileSync(source, 'two');
    const failing = cachedArtifacts(root, key, () => Promise.reject(new Error('no room')));
    await expect(failing).rejects.toThrow('no room');
    writeFileSync(source, 'one');
    let rebuilt = false;
    await cachedArtifacts(root, key, async () => {
      rebuilt = true;
      return [source];
    });
    expect(rebuilt).toBe(true);
  });
});

it('runs every task, and at most the given number at a time', async () => {
  const twoAtATime = limitConcurrency(2);
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
