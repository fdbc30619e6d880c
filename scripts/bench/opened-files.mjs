// @ts-check
import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StartRun } from './start-run.mjs';

/** `-D` lets the program keep the PID that was spawned, `-A` lets two programs of a design share a file. */
const TRACE = ['strace', '-D', '-A', '-f', '-qq', '-e', 'trace=open,openat'];

/**
 * Counts the files that a design opens until it can be used, in a start of its own, because counting slows it down.
 * @param {import('./start-run.mjs').Design} design
 * @param {string} frames
 * @returns {Promise<number | undefined>} undefined if strace is not installed
 */
export async function countOpenedFiles(design, frames) {
  if (spawnSync('strace', ['-V']).status !== 0) return undefined;
  const file = join(design.home, 'opened');
  const { run } = await StartRun.begin(design, { frames, wrap: [...TRACE, '-o', file] });
  const opened = await countLines(file);
  await run.quit();
  return opened;
}

/** Counts the calls that opened a file. @param {string} file */
async function countLines(file) {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (/\) += \d+$|resumed>.*\) += \d+$/.test(line)) count++;
  return count;
}
