// @module-tag linux: reads /proc
/** The benchmark finds the processes of a start, and their use. */

import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { cpuSeconds, isRunning, memoryBytes, processesOf } from '../../../scripts/bench/processes.mjs';

it('finds a process with its children, and what they use', async () => {
  const child = spawn('sh', ['-c', 'sleep 30 & wait'], { stdio: 'ignore' });
  onTestFinished(() => void processes().map(({ pid }) => process.kill(pid, 'SIGKILL')));
  const processes = () => processesOf([child.pid ?? 0]);
  await expect.poll(() => processes().map(({ role }) => role)).toEqual(['main', 'other']);
  expect(memoryBytes(processes())).toBeGreaterThan(0);
  expect(cpuSeconds(processes())).toBeLessThan(5);
  const known = processes();
  child.kill('SIGKILL');
  await expect.poll(() => known.filter(isRunning).length).toBe(1);
});
