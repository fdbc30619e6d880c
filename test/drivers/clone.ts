// A clone in a temporary folder, with the project's real scripts and fake tools. The fake tools are shell scripts, so
// tests that run them cannot run on Windows.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(__dirname, '..', '..');

export interface ExitResult {
  code: number | null;
  stdout: string;
  /** Lines that are not empty. */
  stderr: string[];
  tookMs: number;
}

export class Clone {
  /** The real path, because the scripts resolve links: on macOS the temporary folder is a link. */
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'cachibot-clone-')));
  readonly root = join(this.#folder, 'clone');
  readonly #diary = join(this.#folder, 'diary');
  readonly #bin = join(this.#folder, 'bin');

  constructor() {
    for (const name of ['scripts', 'build', 'package.json', 'package-lock.json', 'tsconfig.json'])
      cpSync(join(ROOT, name), join(this.root, name), { recursive: true });
    this.write('desktop/main.ts', '');
    this.write('desktop/pages/splash.html', '');
    mkdirSync(this.#bin);
    for (const name of ['npm', 'uv', 'python3']) this.addProgram(name, name === 'python3' ? 'python' : name);
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 }));
  }

  addProgram(name: string, as = name): void {
    const fake = join(__dirname, '..', 'fixtures', 'fake-tool.mjs');
    writeFileSync(join(this.#bin, name), `#!/bin/sh\nexec "${process.execPath}" "${fake}" ${as} "$@"\n`);
    chmodSync(join(this.#bin, name), 0o755);
  }

  removeProgram(name: string): void {
    rmSync(join(this.#bin, name));
  }

  /** Calls of the fake tools since the last call of this method, except starts of Electron, Python and `--version`. */
  calls(): string[] {
    const lines = existsSync(this.#diary) ? readFileSync(this.#diary, 'utf8').trim().split('\n') : [];
    rmSync(this.#diary, { force: true });
    return lines.filter(line => !/^(electron --|electron \/|python |uv --version)/.test(line));
  }

  /** Every recorded call; unlike `calls` it does not clear them. */
  diary(): string {
    return existsSync(this.#diary) ? readFileSync(this.#diary, 'utf8') : '';
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  spawn(script: string, args: string[] = [], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [join(this.root, 'scripts', script), ...args], {
      env: {
        PATH: this.#bin, // only the fake tools: no Python, npm or display of this machine
        HOME: this.#folder,
        DISPLAY: ':0',
        FAKE_DIARY: this.#diary,
        FAKE_PYTHON: join(this.#bin, 'python3'),
        ...env,
      },
      // In its own process group, so that a test can kill it together with its children.
      detached: true,
    });
  }

  async run(script: string, args: string[] = [], env: Record<string, string> = {}): Promise<ExitResult> {
    return waitForExit(this.spawn(script, args, env));
  }
}

export function waitForExit(child: ChildProcess): Promise<ExitResult> {
  const started = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', text => {
    stdout += text;
  });
  child.stderr?.on('data', text => {
    stderr += text;
  });
  return new Promise(resolve => {
    child.once('close', code =>
      resolve({ code, stdout, stderr: stderr.split('\n').filter(Boolean), tookMs: performance.now() - started }),
    );
  });
}
