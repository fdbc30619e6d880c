// @module-tag linux: uses electron-app.ts

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import {
  canConnect,
  diary,
  pidsOf,
  python,
  runApp,
  serverScript,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';

function readStatus(pid: number): { ppid: number } {
  return { ppid: Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) };
}

it('reports a start of the real server in one line, and leaves no process', async () => {
  const home = temporaryFolder();
  const temporary = temporaryFolder();
  const env = { TMPDIR: temporary };
  const { code, stdout } = await runApp({ home, server: [python(), serverScript], args: ['--smoke'], env });
  const report = JSON.parse(stdout);
  console.log(stdout.trim());
  expect(report).toEqual({
    ok: true,
    phasesMs: {
      spawn: expect.any(Number),
      windowShown: expect.any(Number),
      uiPainted: expect.any(Number),
      serverReady: expect.any(Number),
    },
    server: { pid: expect.any(Number), port: expect.any(Number), version: '0.3.0' },
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:5870\//),
    title: 'CachiBot',
  });
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(await canConnect(report.server.port)).toBe(false);
  expect(pidsOf(home)).toEqual([]);
  // Profile and data were temporary: neither they nor data of the user exist afterwards.
  expect(existsSync(join(home, '.cachibot'))).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
});

it('starts with npm in the terminal of an editor, which sets ELECTRON_RUN_AS_NODE', {
  tags: 'left-to-ci',
}, async () => {
  const env = { ...process.env, HOME: temporaryFolder(), ELECTRON_RUN_AS_NODE: '1' };
  const cwd = join(__dirname, '..', '..', '..');
  const npm = spawn('npm', ['start', '--silent', '--', '--smoke'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  // To the process group, because the shell between npm and the script passes no signals on.
  const timer = setTimeout(() => npm.pid !== undefined && process.kill(-npm.pid, 'SIGTERM'), 100_000);
  onTestFinished(() => clearTimeout(timer));
  expect(JSON.parse(await text(npm.stdout))).toMatchObject({ ok: true, server: { version: '0.3.0' } });
});

it('runs beside a running app', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  await shownUi(await startApp({ home, server: 'healthy' }));
  const { code, stdout } = await runApp({ home, server: 'healthy', args: ['--smoke'] });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(code).toBe(0);
});

it('keeps the folder of --data', { tags: 'left-to-ci' }, async () => {
  const data = temporaryFolder();
  const { code } = await runApp({
    home: temporaryFolder(),
    server: [python(), serverScript],
    args: ['--smoke', '--data', data],
  });
  expect(code).toBe(0);
  expect(existsSync(join(data, '.cachibot', 'cachibot.db'))).toBe(true);
  expect(existsSync(join(data, 'profile', 'logs', 'main.log'))).toBe(true);
});

it('reports a failed start, and exits with 1', async () => {
  const { code, stdout } = await runApp({ home: temporaryFolder(), server: 'crash', args: ['--smoke'] });
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, failure: { kind: 'exited', code: 3, ready: false } });
  expect(code).toBe(1);
});

it('reports that it was interrupted, and exits with 1', async () => {
  const home = temporaryFolder();
  const temporary = temporaryFolder();
  const env = { TMPDIR: temporary };
  const running = runApp({ home, server: 'starting-for-ever', args: ['--smoke'], env });
  await expect.poll(() => diary(home).length, { timeout: 30_000 }).toBeGreaterThan(0);
  await expect.poll(() => pidsOf(home).length).toBeGreaterThan(0);
  const { ppid } = readStatus(diary(home)[0]?.pid ?? 0);
  process.kill(ppid, 'SIGTERM');
  const { code, stdout } = await running;
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, failure: { kind: 'interrupted' } });
  expect(code).toBe(1);
  expect(readdirSync(temporary)).toEqual([]);
});

it('keeps the redacted log of a run whose server exits at once', async () => {
  const data = temporaryFolder();
  await runApp({ home: temporaryFolder(), server: 'crash-with-secret', args: ['--smoke', '--data', data] });
  const files = ['profile/logs/server.log', 'profile/logs/main.log', 'profile/last-failure.json'];
  const texts = files.map(file => readFileSync(join(data, file), 'utf8'));
  for (const text of texts) {
    expect(text).toContain('hidden');
    expect(text).not.toContain('hunter2');
  }
});

it('sends no request outside this machine', { tags: 'left-to-ci' }, async () => {
  const data = temporaryFolder();
  const netLog = join(data, 'net.json');
  const args = ['--smoke', '--data', data, `--log-net-log=${netLog}`, '--net-log-capture-mode=IncludeSensitive'];
  const { code } = await runApp({ home: temporaryFolder(), server: [python(), serverScript], args });
  expect(code).toBe(0);
  const hosts = [...readFileSync(netLog, 'utf8').matchAll(/"(?:https?|wss?):\/\/([^/:" ]+)/g)].map(match => match[1]);
  expect(hosts).toContain('127.0.0.1');
  expect([...new Set(hosts)].filter(host => host !== '127.0.0.1')).toEqual([]);
});

it('refuses invalid options, and reports every problem at once', async () => {
  const { code, stdout, stderr } = await runApp({
    home: temporaryFolder(),
    server: 'healthy',
    env: { CACHIBOT_URL: 'https://example.org', CACHIBOT_DESKTOP_SERVER: 'nonsense' },
    args: ['--smoke', '--data'],
  });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, failure: { kind: 'refused' } });
  expect(stderr).toContain('--data needs a folder');
  expect(stderr).toContain('CACHIBOT_URL must be the address of a server on this computer');
});

it('examines a machine without a screen with --doctor, and starts no server', async () => {
  const home = temporaryFolder();
  const { code, stdout } = await runApp({
    home,
    server: [python(), serverScript],
    args: ['--doctor', '--ozone-platform=headless'],
    env: { DISPLAY: '' },
  });
  const report = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(report).toMatchObject({
    versions: { app: expect.any(String), electron: expect.any(String) },
    paths: { data: join(home, '.cachibot'), logs: expect.stringContaining('logs') },
    port: { number: 5870, free: true, holder: null },
    disk: { freeBytes: expect.any(Number) },
    data: { ok: true, code: 0 },
    lastFailure: null,
  });
  expect(existsSync(join(home, '.cachibot'))).toBe(false);
});

it('names the port’s owner and the last failure', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'crash' });
  await expect.poll(() => existsSync(join(home, '.config', 'CachiBot', 'last-failure.json'))).toBe(true);
  await app.close();
  const owner = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(owner);
  const { stdout } = await runApp({ home, server: 'healthy', args: ['--doctor'] });
  expect(JSON.parse(stdout)).toMatchObject({
    port: { number: 5870, free: false, holder: { pid: expect.any(Number), name: 'node' } },
    lastFailure: { failure: { kind: 'exited', code: 3 } },
  });
});
