import { describe, expect, it } from 'vitest';
import { isNewEnough } from '../../../scripts/setup/node-version.mjs';
import { userErrorOf } from '../../../scripts/setup/user-error.mjs';
import { Clone, waitForExit } from '../../drivers/clone';

/** The calls that bundle the preload script and the main process. */
const BUNDLED = ['rolldown desktop/preload/preload.ts', 'rolldown --config'];
const asRoot = process.getuid?.() === 0;

// The fake tools are shell scripts. On Windows, `npm start --smoke` in CI tests the set-up.
describe('with fake tools', { tags: 'posix' }, () => {
  describe('npm start', () => {
    it('sets up a fresh clone in order and runs Electron', async () => {
      const clone = new Clone();
      const { code, stdout } = await clone.run('start.mjs', ['--some', 'switch']);
      expect(code).toBe(0);
      const { args, server } = JSON.parse(stdout);
      expect(args).toEqual([...(asRoot ? ['--no-sandbox'] : []), clone.root, '--some', 'switch']);
      expect(JSON.parse(server)).toEqual({
        command: [`${clone.root}/.setup/python/bin/python`, `${clone.root}/desktop/pyinstaller-server.py`],
        identity: 'token',
      });
      expect(clone.calls().map(line => line.split(' ').slice(0, 2).join(' '))).toEqual([
        'npm ci',
        'install-electron',
        'uv venv',
        'uv pip',
        'tsc -p',
        ...BUNDLED,
      ]);
    });

    it('runs no tool the second time, and takes less than three seconds', async () => {
      const clone = new Clone();
      await clone.run('start.mjs');
      clone.calls();
      const { code, stderr, tookMs } = await clone.run('start.mjs');
      expect(code).toBe(0);
      expect(clone.calls()).toEqual([]);
      expect(stderr.filter(line => line.includes('Setting up'))).toEqual([]);
      console.log(`second start: ${Math.round(tookMs)} ms`);
      expect(tookMs).toBeLessThan(3000); // for a busy machine; an idle one takes 0.3 s
    });

    it.each([
      ['the lock of the backend', 'build/requirements.lock', ['uv pip']],
      ['the lock of the Node packages', 'package-lock.json', ['npm ci', 'install-electron', 'tsc -p', ...BUNDLED]],
      ['a source', 'desktop/main.ts', ['tsc -p', ...BUNDLED]],
      ['a source that is new', 'desktop/server/core/new.ts', ['tsc -p', ...BUNDLED]],
    ])('runs the steps again that depend on %s', async (_what, path, expected) => {
      const clone = new Clone();
      await clone.run('start.mjs');
      clone.calls();
      const text = path.endsWith('.json') ? '{"packages":{"node_modules/electron":{"version":"99.0.0"}}}' : '# new';
      clone.write(path, text);
      expect((await clone.run('start.mjs')).code).toBe(0);
      expect(clone.calls().map(line => line.split(' ').slice(0, 2).join(' '))).toEqual(expected);
    });

    it.each([
      ['the interpreter', '.setup/python/bin/python'],
      ['a package', '.setup/python/lib/python3.12/site-packages/prompture'],
    ])('creates the environment again if %s is missing', async (_what, path) => {
      const clone = new Clone();
      await clone.run('start.mjs');
      clone.calls();
      clone.remove(path);
      expect((await clone.run('start.mjs')).code).toBe(0);
      expect(clone.calls().map(line => line.split(' ').slice(0, 2).join(' '))).toEqual(['uv venv', 'uv pip']);
    });

    it('resumes an interrupted set-up: keeps finished steps and runs the interrupted step from the start', async () => {
      const clone = new Clone();
      const first = clone.spawn('start.mjs', [], { FAKE_HANGS: 'yes' });
      await expect.poll(() => clone.diary(), { timeout: 20_000 }).toContain('uv pip sync');
      const end = waitForExit(first);
      process.kill(-Number(first.pid), 'SIGKILL');
      await end;
      clone.calls();
      expect((await clone.run('start.mjs')).code).toBe(0);
      const calls = clone.calls().map(line => line.split(' ').slice(0, 2).join(' '));
      expect(calls).toEqual(['uv venv', 'uv pip', 'tsc -p', ...BUNDLED]);
    });

    it('runs each step once if two set-ups start at the same time', async () => {
      const clone = new Clone();
      const both = await Promise.all([clone.run('start.mjs'), clone.run('start.mjs')]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect(clone.calls().filter(line => !line.startsWith('electron'))).toHaveLength(7);
    });

    it('runs Electron as Electron in the terminal of an editor that sets ELECTRON_RUN_AS_NODE', async () => {
      const { code, stdout } = await new Clone().run('start.mjs', [], { ELECTRON_RUN_AS_NODE: '1' });
      expect(code).toBe(0);
      expect(JSON.parse(stdout).asNode).toBe(false);
    });

    it('prints only the output of the app to stdout', async () => {
      const { stdout } = await new Clone().run('start.mjs', ['--smoke']);
      expect(stdout.trim().split('\n')).toHaveLength(1);
    });

    it('forwards one Ctrl-C once, and waits for the app to exit', async () => {
      const clone = new Clone();
      const child = clone.spawn('start.mjs', ['--stay']);
      const end = waitForExit(child);
      await expect.poll(() => clone.diary(), { timeout: 20_000 }).toContain('--stay');
      await new Promise(resolve => setTimeout(resolve, 300)); // until its signal handlers are registered
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 100); // npm forwards it again
      expect((await end).code).toBe(7);
      expect(clone.diary().match(/electron got SIGINT/g)).toHaveLength(1);
    });
  });

  describe('a missing requirement is explained in one line, with the remedy', () => {
    it.each([
      [
        'network, for npm',
        'npm ci',
        'npm error request failed, reason: getaddrinfo ENOTFOUND example.org',
        /no network.*Connect/,
      ],
      ['network, for uv', 'uv pip', 'error: Failed to fetch: dns error: failed to lookup', /no network.*Connect/],
      ['disk space, for npm', 'npm ci', 'npm error ENOSPC: no space left on device, write', /disk is full.*Free/],
      ['disk space, for uv', 'uv pip', 'Failed to write: No space left on device (os error 28)', /disk is full.*Free/],
      [
        'a source that compiles',
        'tsc',
        'desktop/main.ts(1,1): error TS1005',
        /main\.ts\(1,1\): error TS1005.*setup\.log/,
      ],
    ])('%s', async (_what, fails, says, expected) => {
      const clone = new Clone();
      const { code, stderr } = await clone.run('start.mjs', [], { FAKE_FAILS: fails, FAKE_SAYS: says });
      expect(code).toBe(1);
      expect(stderr.at(-1)).toMatch(expected);
      expect(stderr.filter(line => /^\s+at /.test(line))).toEqual([]);
      // The failed step is not done, so the next run repeats it.
      expect((await clone.run('start.mjs')).code).toBe(0);
    });

    it('Python', async () => {
      const clone = new Clone();
      clone.removeProgram('uv');
      clone.removeProgram('python3');
      const { code, stderr } = await clone.run('start.mjs');
      expect(code).toBe(1);
      expect(stderr.at(-1)).toMatch(/^Python is not installed\. (Run|Install)/);
    });

    it('a display', { tags: 'linux' }, async () => {
      const clone = new Clone();
      const { code, stderr } = await clone.run('start.mjs', [], { DISPLAY: '' });
      expect(code).toBe(1);
      expect(stderr).toEqual([expect.stringMatching(/^There is no display .* xvfb-run/)]);
      expect(clone.calls()).toEqual([]);
    });

    it.each([
      ['EROFS', /is not writable/],
      ['EACCES', /is not writable/],
      ['ENOSPC', /is full/],
    ])('a folder that can be written (%s)', (code, expected) => {
      const error = Object.assign(new Error(code), { code });
      expect(userErrorOf(error, '/clone')?.message).toMatch(expected);
    });
  });
});

describe('Node', () => {
  it.each([
    ['v20.19.0', true],
    ['v20.20.2', true],
    ['v22.1.0', true],
    ['v20.18.9', false],
    ['v18.20.0', false],
  ])('%s is new enough: %s', (version, expected) => {
    expect(isNewEnough(version, '>=20.19')).toBe(expected);
  });
});
