/** A vitest pool whose workers have their own network and mounts. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker } from 'vitest/node';
import { onPath } from '../../scripts/setup/system.mjs';

const TOOLS = ['unshare', 'ip', 'setpriv'];
const KILL_AFTER_MS = 5_000;

/** Whether workers can have their own network and mounts, which lets test files run in parallel. */
export const canIsolate = process.platform === 'linux' && process.getuid?.() === 0 && TOOLS.every(tool => onPath(tool));

/**
 * Runs each test file in its own process and, if `canIsolate`, in its own network and mount namespace, where port 5870
 * is free. `screen.ts` opens a screen for each file.
 */
export const isolatedPool: PoolRunnerInitializer = {
  name: 'isolated',
  createPoolWorker: options => new IsolatedWorker(options),
};

class IsolatedWorker implements PoolWorker {
  readonly name = 'isolated';
  readonly cacheFs = true;
  readonly #options: PoolOptions;
  #worker: ChildProcess | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { distPath, execArgv, env, project } = this.#options;
    const worker = fork(join(distPath, 'workers', 'forks.js'), [], {
      ...(canIsolate ? { execPath: fileURLToPath(new URL('isolated-node.sh', import.meta.url)) } : {}),
      execArgv,
      env: { ...env, CACHIBOT_TEST_NODE: process.execPath },
      stdio: 'pipe',
      serialization: 'advanced',
    });
    const { outputStream, errorStream } = project.vitest.logger;
    worker.stdout?.on('data', data => outputStream.write(data));
    worker.stderr?.on('data', data => errorStream.write(data));
    this.#worker = worker;
  }

  on(event: string, listener: (value: unknown) => void): void {
    this.#running().on(event, listener);
  }

  off(event: string, listener: (value: unknown) => void): void {
    this.#running().off(event, listener);
  }

  send(message: unknown): void {
    this.#running().send(message as object);
  }

  deserialize(data: unknown): unknown {
    return data;
  }

  async stop(): Promise<void> {
    const worker = this.#running();
    if (worker.exitCode === null && worker.signalCode === null) {
      const exited = once(worker, 'exit');
      const kill = setTimeout(() => worker.kill('SIGKILL'), KILL_AFTER_MS);
      worker.kill();
      await exited;
      clearTimeout(kill);
    }
    this.#worker = undefined;
  }

  #running(): ChildProcess {
    if (this.#worker === undefined) throw new Error('The worker was not started, or was stopped.');
    return this.#worker;
  }
}
