import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attachAddress } from '../../../scripts/development/attach-address.mjs';
import { runningServer } from '../../../scripts/development/running-server.mjs';
import { Clone, waitForExit } from '../../drivers/clone';

const WRAPPER = join(__dirname, '..', '..', '..', 'scripts', 'development', 'dev-server-wrapper.mjs');
const STUBBORN = join(__dirname, '..', '..', 'fixtures', 'stubborn-server.mjs');

describe('CACHIBOT_URL', () => {
  it.each([
    ['http://127.0.0.1:5870', 'http://127.0.0.1:5870'],
    ['http://127.0.0.1:5870/', 'http://127.0.0.1:5870'],
    ['http://localhost:8000', 'http://localhost:8000'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
  ])('accepts %s', (text, expected) => {
    expect(attachAddress(text)).toBe(expected);
  });

  it.each([
    '',
    '5870',
    'https://127.0.0.1:5870',
    'http://192.168.1.7:5870',
    'http://127.0.0.1.example.org',
    'http://localhost@example.org',
    'http://127.0.0.1:5870/chat',
    'file:///etc/passwd',
  ])('rejects "%s"', text => {
    expect(() => attachAddress(text)).toThrow(/CACHIBOT_URL must be .* Such as: CACHIBOT_URL=http/);
  });
});

describe('a running server that uses the same data', () => {
  const home = (pid: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-home-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, '.cachibot'));
    writeFileSync(join(folder, '.cachibot', 'server.pid'), JSON.stringify({ pid, exe: 'python', port: 5999 }));
    return folder;
  };

  it('is found by its PID file', async () => {
    const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'cachibot', 'server']);
    onTestFinished(() => void server.kill('SIGKILL'));
    await new Promise(resolve => server.once('spawn', resolve));
    await expect.poll(() => runningServer(home(server.pid))).toEqual({ pid: server.pid, port: 5999 });
  });

  it('is not found when the PID belongs to another program, to no process, or is not a number', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: tmpdir() });
    onTestFinished(() => void other.kill('SIGKILL'));
    await new Promise(resolve => other.once('spawn', resolve));
    for (const pid of [other.pid, 2 ** 22 - 1, -1, 'x', null]) expect(runningServer(home(pid))).toBeUndefined();
  });
});

// The fake tools are shell scripts.
describe('with fake tools', { tags: 'posix' }, () => {
  describe('npm run dev', () => {
    it('explains how to install CachiBot when it is missing, and offers the locked version', async () => {
      const { code, stderr } = await new Clone().run('dev.mjs');
      expect(code).toBe(1);
      expect(stderr.slice(-2).join(' ')).toMatch(/pipx install cachibot.*npm run dev -- --locked/);
    });

    it('runs the shell with --inspect, and the server in the wrapper', async () => {
      const clone = new Clone();
      clone.addProgram('cachibot');
      const { code, stdout, stderr } = await clone.run('dev.mjs', ['--x']);
      expect(code).toBe(0);
      const { args, server } = JSON.parse(stdout);
      expect(args[0]).toBe('--inspect');
      expect(args.at(-1)).toBe('--x');
      const { command, identity } = JSON.parse(server);
      expect(identity).toBe('child');
      expect(command.slice(1)).toEqual([
        join(clone.root, 'scripts', 'development', 'dev-server-wrapper.mjs'),
        expect.stringMatching(/bin\/cachibot$/),
        'server',
      ]);
      expect(stderr.join(' ')).toContain('patches do not apply here');
    });

    it('refuses to attach to another machine', async () => {
      const { code, stderr } = await new Clone().run('dev.mjs', [], { CACHIBOT_URL: 'http://10.0.0.1:5870' });
      expect(code).toBe(1);
      expect(stderr.at(-1)).toMatch(/^CACHIBOT_URL must be/);
    });
  });

  // The wrapper's grace time is 8 s; a stubborn server uses all of it.
  describe('the wrapper of the server', { timeout: 30_000 }, () => {
    it('passes arguments to the server, and returns its exit code', async () => {
      const wrapper = spawn(process.execPath, [WRAPPER, 'sh', '-c', 'echo "$@"; exit 5', 'cachibot', '--port', '5870']);
      const { code, stdout } = await waitForExit(wrapper);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '--port 5870\n' });
    });

    it.each([
      ['its stdin ends', (wrapper: ChildProcess) => wrapper.stdin?.end()],
      ['it receives SIGTERM', (wrapper: ChildProcess) => wrapper.kill('SIGTERM')],
    ])('lets the server exit by itself when %s', async (_when, stop) => {
      const { wrapper, server } = await startWrapper('polite');
      const end = waitForExit(wrapper);
      stop(wrapper);
      expect((await end).code).toBe(3); // the server's exit code after SIGTERM
      expect(await canConnect(server)).toBe(false);
    });

    it('kills a stubborn server and its child when its stdin ends', async () => {
      const { wrapper, server, grandchild } = await startWrapper('stubborn');
      const end = waitForExit(wrapper);
      wrapper.stdin?.end();
      await end;
      await expect.poll(() => canConnect(server)).toBe(false);
      await expect.poll(() => canConnect(grandchild)).toBe(false);
    });

    it('leaves no process running even when it is killed itself', async () => {
      const { wrapper, server, grandchild } = await startWrapper('stubborn');
      wrapper.kill('SIGKILL');
      await expect.poll(() => canConnect(server), { timeout: 5000 }).toBe(false);
      await expect.poll(() => canConnect(grandchild), { timeout: 5000 }).toBe(false);
    });
  });
});

/** Starts the wrapper with a server that listens on a port, and whose child listens on another. */
async function startWrapper(kind: 'polite' | 'stubborn') {
  const wrapper = spawn(process.execPath, [WRAPPER, process.execPath, STUBBORN, kind]);
  onTestFinished(() => void wrapper.kill('SIGKILL'));
  const text = await new Promise<string>(resolve => wrapper.stdout.once('data', data => resolve(String(data))));
  const [server = 0, grandchild = 0] = JSON.parse(text);
  expect(await canConnect(server)).toBe(true);
  expect(await canConnect(grandchild)).toBe(true);
  return { wrapper, server, grandchild };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
