import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attachAddress } from '../../../scripts/development/attach-address.mjs';
import { runningServer } from '../../../scripts/development/running-server.mjs';
import { Clone, waitForExit } from '../../drivers/clone';

const LEASH = join(__dirname, '..', '..', '..', 'scripts', 'development', 'dev-server-wrapper.mjs');
const STUBBORN = join(__dirname, '..', '..', 'fixtures', 'stubborn-server.mjs');

describe('CACHIBOT_URL', () => {
  it.each([
    ['http://127.0.0.1:5870', 'http://127.0.0.1:5870'],
    ['http://127.0.0.1:5870/', 'http://127.0.0.1:5870'],
    ['http://localhost:8000', 'http://localhost:8000'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
  ])('%s is attached to', (text, expected) => {
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
  ])('"%s" is refused', text => {
    expect(() => attachAddress(text)).toThrow(/CACHIBOT_URL must be .* Such as: CACHIBOT_URL=http/);
  });
});

describe('a server that runs on the same data', () => {
  const home = (pid: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-home-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, '.cachibot'));
    writeFileSync(join(folder, '.cachibot', 'server.pid'), JSON.stringify({ pid, exe: 'python', port: 5999 }));
    return folder;
  };

  it('is known by its pid file', async () => {
    const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'cachibot', 'server']);
    onTestFinished(() => void server.kill('SIGKILL'));
    await new Promise(resolve => server.once('spawn', resolve));
    await expect.poll(() => runningServer(home(server.pid))).toEqual({ pid: server.pid, port: 5999 });
  });

  it('is not there when its number belongs to another program, to nobody, or is none', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: tmpdir() });
    onTestFinished(() => void other.kill('SIGKILL'));
    await new Promise(resolve => other.once('spawn', resolve));
    for (const pid of [other.pid, 2 ** 22 - 1, -1, 'x', null]) expect(runningServer(home(pid))).toBeUndefined();
  });
});

describe('with stand-ins', { tags: 'posix' }, () => {
  describe('npm run dev', () => {
    it('says how to get CachiBot when there is none, and offers the locked one', async () => {
      const { code, stderr } = await new Clone().run('dev.mjs');
      expect(code).toBe(1);
      expect(stderr.slice(-2).join(' ')).toMatch(/pipx install cachibot.*npm run dev -- --locked/);
    });

    it('runs the shell on the leash, with --inspect', async () => {
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

    it('refuses to attach elsewhere', async () => {
      const { code, stderr } = await new Clone().run('dev.mjs', [], { CACHIBOT_URL: 'http://10.0.0.1:5870' });
      expect(code).toBe(1);
      expect(stderr.at(-1)).toMatch(/^CACHIBOT_URL must be/);
    });
  });

  // The leash's grace time is 8 s; a stubborn server takes all of it.
  describe('the leash', { timeout: 30_000 }, () => {
    it('gives the server its arguments, and passes its exit code on', async () => {
      const leash = spawn(process.execPath, [LEASH, 'sh', '-c', 'echo "$@"; exit 5', 'cachibot', '--port', '5870']);
      const { code, stdout } = await waitForExit(leash);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '--port 5870\n' });
    });

    it.each([
      ['its stdin ends', (leash: ChildProcess) => leash.stdin?.end()],
      ['a SIGTERM comes', (leash: ChildProcess) => leash.kill('SIGTERM')],
    ])('lets a server end by itself when %s', async (_when, stop) => {
      const { leash, server } = await onLeash('polite');
      const end = waitForExit(leash);
      stop(leash);
      expect((await end).code).toBe(3); // what the server ends with when asked
      expect(await canConnect(server)).toBe(false);
    });

    it('ends a stubborn server and its grandchild by force when its stdin ends', async () => {
      const { leash, server, grandchild } = await onLeash('stubborn');
      const end = waitForExit(leash);
      leash.stdin?.end();
      await end;
      await expect.poll(() => canConnect(server)).toBe(false);
      await expect.poll(() => canConnect(grandchild)).toBe(false);
    });

    it('leaves nothing behind even when it is killed itself', async () => {
      const { leash, server, grandchild } = await onLeash('stubborn');
      leash.kill('SIGKILL');
      await expect.poll(() => canConnect(server), { timeout: 5000 }).toBe(false);
      await expect.poll(() => canConnect(grandchild), { timeout: 5000 }).toBe(false);
    });
  });
});

/** A server on the leash that listens on one port, and its child on another. */
async function onLeash(kind: 'polite' | 'stubborn') {
  const leash = spawn(process.execPath, [LEASH, process.execPath, STUBBORN, kind]);
  onTestFinished(() => void leash.kill('SIGKILL'));
  const text = await new Promise<string>(resolve => leash.stdout.once('data', data => resolve(String(data))));
  const [server = 0, grandchild = 0] = JSON.parse(text);
  expect(await canConnect(server)).toBe(true);
  expect(await canConnect(grandchild)).toBe(true);
  return { leash, server, grandchild };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
