// @module-tag linux: it looks at processes through /proc

import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackendHost } from '../../../desktop/server/child-process';
import { serverEnvironment } from '../../../desktop/server/core/environment';
import { readRuns } from '../../../desktop/server/core/run-record';
import type { BackendState, Failure } from '../../../desktop/server/core/state';
import { probe } from '../../../desktop/server/health-probe';
import { createRuns } from '../../../desktop/server/orphan-cleanup';
import { choosePort } from '../../../desktop/server/port';
import { createProcesses } from '../../../desktop/server/process-table';
import { Backend, LIMITS, type Limits } from '../../../desktop/server/supervisor';
import { keptFile } from '../../../desktop/settings/json-file';

const SCRIPTED = join(__dirname, '..', '..', 'fixtures', 'scripted-server.mjs');

interface Change {
  /** Instead of the scripted server. */
  file?: string;
  workspace?: string;
  limits?: Partial<Limits>;
  env?: Record<string, string>;
  port?: number;
  /** Even force does not end it. */
  survivor?: number;
}

interface DiaryEntry {
  event: string;
  pid: number;
  argv: string[];
  env: Record<string, string | null>;
  cwd: string;
}

let folder: string;
let undo: (() => unknown)[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cachibot-host-')));
  undo = [() => rmSync(folder, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
});

/** Begins the scripted server in the given modes, supervised as in the app. */
async function begin(modes: string, change: Change = {}) {
  const { file, workspace, limits, env, port: wanted, survivor } = change;
  const port = wanted ?? (await choosePort(undefined));
  const grandchildPort = await choosePort(undefined);
  const diaryFile = join(folder, 'diary');
  const home = join(workspace ?? folder, 'CachiBot');
  const output = { bytes: 0, text: '' };
  const tokens: string[] = [];
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  const processes = createProcesses('proc');
  const recordFile = keptFile(join(folder, 'run.json'), log);
  const runs = createRuns({
    file: recordFile,
    processes: () => processes,
    shellPid: process.pid,
    recordAfterMs: 0,
    within: undefined,
    log,
  });
  const host = createBackendHost({
    file: file ?? process.execPath,
    args: file === undefined ? [SCRIPTED, modes] : [],
    identity: 'token',
    port,
    workspace: home,
    processGroup: process.platform !== 'win32',
    probe,
    runs: survivor === undefined ? runs : { ...runs, ended: async () => survivor },
    environment: (runId, token) => {
      if (token) tokens.push(token);
      const caller = {
        ...process.env,
        SCRIPTED_DIARY: diaryFile,
        SCRIPTED_GRANDCHILD_PORT: String(grandchildPort),
        ...env,
      };
      const own = {
        port,
        token,
        home: folder,
        homeVariable: 'HOME',
        workspace: home,
        shellPid: process.pid,
        version: '1.2.3',
        runId,
        hangFile: join(folder, 'hang.txt'),
        open: { v1: false, webhooks: false },
      };
      return serverEnvironment(caller, own);
    },
    isStopped: processes.isStopped,
    hasEnded: processes.hasEnded,
    output: () => ({
      write(text) {
        output.bytes += text.length;
        output.text = (output.text + text).slice(-10_000);
      },
      end() {},
    }),
    log,
  });
  const backend = new Backend(host, () => ({ ...LIMITS, silentMs: 60_000, hungMs: 60_000, restarts: 0, ...limits }));
  const history: BackendState[] = [];
  backend.onChange(state => history.push(state));
  undo.push(() => backend.stop());
  const began = performance.now();
  return {
    backend,
    port,
    grandchildPort,
    output,
    history,
    tokens,
    logged,
    record: () => readRuns(recordFile.read()),
    workspace: home,
    started: backend.start(),
    elapsedMs: () => performance.now() - began,
    diary: () => readDiary(diaryFile),
  };
}

function script(commands: string): string {
  const file = join(folder, 'script');
  writeFileSync(file, `#!/bin/sh\n${commands}\n`, { mode: 0o755 });
  return file;
}

function readDiary(file: string): DiaryEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}

async function failureOf(started: Promise<BackendState>): Promise<Failure> {
  const state = await started;
  if (state.phase !== 'failed') throw new Error(`It is ${state.phase}, not failed.`);
  return state.failure;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}

const becomes = (port: number, open: boolean) => expect.poll(() => isOpen(port), { timeout: 20_000 }).toBe(open);
const print = (what: string, ms: number) => console.log(`${what}: ${Math.round(ms)} ms`);

describe('a healthy server', () => {
  it('becomes ready, and has proved itself before', async () => {
    const { started, history, elapsedMs } = await begin('healthy');
    await expect(started).resolves.toEqual({ phase: 'ready', version: '0.3.0' });
    print('ready, of which 150 ms are the server’s own', elapsedMs());
    const before = history.slice(0, -1);
    expect(before.at(-1)).toMatchObject({ phase: 'starting', proved: true });
  });

  it('is told where to listen, on this machine only, and nothing secret in its arguments', async () => {
    const { started, diary, port, backend } = await begin('healthy');
    await started;
    expect(diary()[0]?.argv).toEqual(['healthy', '--host', '127.0.0.1', '--port', String(port)]);
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${backend.pid}/cmdline`, 'utf8')).not.toContain(backend.token);
  });

  it('works in a workspace that is made for it', async () => {
    const { started, diary, workspace } = await begin('healthy', { workspace: join(folder, 'not', 'yet', 'there') });
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    expect(diary()[0]).toMatchObject({ cwd: workspace, env: { workspace } });
  });

  it('gets the contract’s environment, and no DATABASE_URL to move the data', async () => {
    const { started, diary, port } = await begin('healthy', { env: { DATABASE_URL: 'postgresql://elsewhere/' } });
    await started;
    expect(diary()[0]?.env).toMatchObject({ desktop: 'true', port: String(port), database: null });
  });

  it('gets a new token of 64 hex digits each time', async () => {
    const { backend, started, tokens } = await begin('healthy');
    await started;
    expect(backend.token).toBe(tokens[0]);
    await backend.stop();
    await backend.start();
    expect(backend.token).toBe(tokens[1]);
    expect(tokens).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('is heard on both streams, whatever it says', async () => {
    const { started, output } = await begin('healthy,bad-utf8');
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    await expect.poll(() => output.text).toContain('\ufffd\ufffd\n');
  });

  it('that writes without end is neither held up nor kept in memory', async () => {
    const { backend, started, output, port } = await begin('healthy,flood');
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    const before = process.memoryUsage();
    const from = output.bytes;
    await expect.poll(() => output.bytes - from, { timeout: 60_000, interval: 20 }).toBeGreaterThan(150_000_000);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(75_000_000);
    // It still answers, so it was never held up.
    await expect(probe(`http://127.0.0.1:${port}`, backend.token, AbortSignal.timeout(20_000))).resolves.toMatchObject({
      kind: 'ready',
    });
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
  });
});

describe('a server that ends', () => {
  it('at once shows within a second its code and the last ten lines of its stderr', async () => {
    const { started, elapsedMs, port } = await begin('crash');
    const failure = await failureOf(started);
    print('crash known', elapsedMs());
    expect(elapsedMs()).toBeLessThan(10_000);
    const traceback = Array.from({ length: 9 }, (_, line) => `line ${line + 22} of the traceback`);
    expect(failure).toEqual({
      kind: 'exited',
      ready: false,
      code: 3,
      signal: null,
      lines: [...traceback, 'ModuleNotFoundError: no module named cachibot'],
    });
    await becomes(port, false);
  });

  it('before it was ready with code 0 has failed too', async () => {
    const { started } = await begin('exit0');
    await expect(failureOf(started)).resolves.toEqual({
      kind: 'exited',
      ready: false,
      code: 0,
      signal: null,
      lines: [],
    });
  });

  it('later is seen too, with its last words', async () => {
    const { backend, started } = await begin('healthy,dies-later');
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(backend.state).toEqual({
      phase: 'failed',
      failure: { kind: 'exited', ready: true, code: 7, signal: null, lines: ['The disk is gone.'] },
    });
  });

  it('by violence names the signal', async () => {
    const { backend, started } = await begin('healthy');
    await started;
    process.kill(backend.pid!, 'SIGKILL');
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(backend.state).toMatchObject({ failure: { code: null, signal: 'SIGKILL', ready: true } });
  });

  it('with broken characters on its lips is quoted all the same', async () => {
    const { backend, started } = await begin('healthy,bad-utf8,dies-later', { env: { SCRIPTED_DEATH_MS: '300' } });
    await started;
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(backend.state).toMatchObject({
      failure: { lines: expect.arrayContaining(['\ufffd\ufffd', 'The disk is gone.']) },
    });
  });

  it('takes what it started with it', async () => {
    const { backend, started, grandchildPort } = await begin('healthy,grandchild,forgetful,dies-later');
    await started;
    await becomes(grandchildPort, true);
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    await becomes(grandchildPort, false);
  });

  it('takes along even what left its group and minds no signal, found by the name of the run', async () => {
    const { backend, started, logged } = await begin('healthy,daemon,dies-later');
    await started;
    const { id } = await daemonOf(backend.pid!);
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(await createProcesses('proc').withRunId(id)).toEqual([]);
    expect(logged.join()).toMatch(/left what was started in it, which is ended: \d+ \(/);
  });

  it('is known to have ended while something it started still holds its streams', async () => {
    const { started, elapsedMs } = await begin('', { file: script('sleep 60 & echo gone >&2; exit 3') });
    await expect(failureOf(started)).resolves.toMatchObject({ kind: 'exited', code: 3, lines: ['gone'] });
    print('end known in spite of open streams', elapsedMs());
    expect(elapsedMs()).toBeLessThan(10_000);
  });

  it('is quoted to its last word, even when that comes after the news of its end', async () => {
    const flood = 'head -c 2000000 /dev/zero | tr "\\0" x | fold -w 80 >&2; echo "\nthe last word" >&2; exit 3';
    const { started } = await begin('', { file: script(flood) });
    await expect(failureOf(started)).resolves.toMatchObject({
      lines: expect.toSatisfy((lines: string[]) => lines.at(-1) === 'the last word'),
    });
  });

  it('can be started again', async () => {
    const { backend, started } = await begin('crash-once');
    await expect(started).resolves.toMatchObject({
      phase: 'failed',
      failure: { lines: ['It failed the first time.'] },
    });
    await expect(backend.start()).resolves.toMatchObject({ phase: 'ready' });
  });
});

describe('a server that cannot begin', () => {
  it('because the file is missing', async () => {
    const file = join(folder, 'cachibot-server');
    const { backend, started, elapsedMs } = await begin('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'ENOENT' });
    print('missing file known', elapsedMs());
    expect(elapsedMs()).toBeLessThan(10_000);
    await expect(backend.stop()).resolves.toMatchObject({ phase: 'failed' });
  });

  it('because no such command is on the PATH', async () => {
    const file = 'cachibot-that-nobody-has';
    const { started } = await begin('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'ENOENT' });
  });

  it('because the file may not be executed', async () => {
    const file = join(folder, 'cachibot-server');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
    const { started } = await begin('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'EACCES' });
  });

  it('because the file is a folder', async () => {
    const file = join(folder, 'cachibot-server');
    mkdirSync(file);
    const { started } = await begin('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'EACCES' });
  });

  it('because there can be no workspace, which is not the server’s fault', async () => {
    // A file where the parent folder should be: root may write everywhere, but not there.
    const inTheWay = join(folder, 'in-the-way');
    writeFileSync(inTheWay, '');
    const { started, workspace } = await begin('healthy', { workspace: inTheWay });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'no-workspace', folder: workspace, reason: 'ENOTDIR' });
  });

  it('because another works on the same data: exit code 49', async () => {
    const { started } = await begin('data-in-use');
    await expect(failureOf(started)).resolves.toEqual({
      kind: 'exited',
      ready: false,
      code: 49,
      signal: null,
      lines: ['The data folder is used by process 4242.'],
    });
  });
});

describe('a stranger on the port that answers 200 to everything', () => {
  async function squat() {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.writeHead(200, { 'Content-Type': 'application/json', 'X-CachiBot-Proof': 'f'.repeat(64) });
      response.end('{"status":"ok","version":"6.6.6","problems":[]}');
    });
    const port = await new Promise<number>(resolve => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    undo.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port, seen };
  }

  it('makes our server leave with code 48, and that is said', async () => {
    const { port } = await squat();
    const { started, history } = await begin('healthy', { port });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'port-lost', port });
    expect(history.filter(state => state.phase === 'starting' && state.proved)).toEqual([]);
    expect(await isOpen(port)).toBe(true);
  });

  it('is never taken for our server while that one lives, and never sees the token', async () => {
    const { port, seen } = await squat();
    const { backend, history, tokens } = await begin('silent', { port });
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThan(20);
    expect(history).toMatchObject([{ phase: 'starting', proved: false }]);
    expect(backend.token).toBeUndefined();
    expect(seen.join()).not.toContain(tokens[0]);
  });
});

/** Something that the server has started and let go, once it is there; and the name of the run, by which it is known. */
async function daemonOf(server: number): Promise<{ id: string; pid: number }> {
  const id = /CACHIBOT_DESKTOP_RUN=(\w+)/.exec(readFileSync(`/proc/${server}/environ`, 'latin1'))?.[1] ?? '';
  let pid: number | undefined;
  await expect
    .poll(
      async () => {
        const found = await createProcesses('proc').withRunId(id);
        pid = found.find(({ words }) => words.join(' ').startsWith(`${process.execPath} -e /* daemon */`))?.pid;
        return pid;
      },
      { timeout: 20_000 },
    )
    .toBeDefined();
  return { id, pid: pid! };
}

describe('the record of what runs', () => {
  it('names the server and its app while it runs, and is gone when it has ended', async () => {
    const { backend, started, record } = await begin('healthy');
    await started;
    await expect.poll(record).toMatchObject([{ shell: { pid: process.pid }, server: { pid: backend.pid } }]);
    const [run] = record();
    expect(readFileSync(`/proc/${backend.pid}/environ`, 'latin1')).toContain(`CACHIBOT_DESKTOP_RUN=${run?.id}`);
    await backend.stop();
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });

  it('is none of a server that ended before anybody could look at it', async () => {
    const { started } = await begin('crash');
    await failureOf(started);
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });
});

describe('stopping', () => {
  it('lets the server leave by itself, quickly', async () => {
    const { backend, diary, port, started } = await begin('healthy');
    await started;
    const asked = performance.now();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    const took = performance.now() - asked;
    print('stopped', took);
    expect(took).toBeLessThan(5_000);
    expect(diary().at(-1)?.event).toBe('asked-to-stop');
    expect(await isOpen(port)).toBe(false);
  });

  it('waits for a server that has something to finish', async () => {
    const { backend, started } = await begin('slow-to-stop');
    await started;
    const asked = performance.now();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    expect(performance.now() - asked).toBeGreaterThan(700);
  });

  it('works in the middle of a start, before the server listens', async () => {
    const { backend, started, diary } = await begin('silent');
    await expect.poll(() => diary().length, { timeout: 20_000 }).toBe(1);
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    await expect(started).resolves.toEqual({ phase: 'stopped' });
  });

  it('leaves nothing of what a well-behaved server started', async () => {
    const { backend, started, grandchildPort } = await begin('healthy,grandchild');
    await started;
    await becomes(grandchildPort, true);
    await backend.stop();
    await becomes(grandchildPort, false);
  });

  it('kills a stubborn server after the grace, and its grandchild that changed its parent', async () => {
    const { backend, port, started, grandchildPort } = await begin('stubborn,grandchild', { limits: { graceMs: 500 } });
    await started;
    await becomes(grandchildPort, true);
    const asked = performance.now();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    print('stubborn server gone, of which 500 ms are its grace', performance.now() - asked);
    expect(performance.now() - asked).toBeGreaterThan(450);
    await becomes(port, false);
    await becomes(grandchildPort, false);
  });

  it('says that a process is stuck which even force does not end', async () => {
    const { backend, started } = await begin('healthy', { survivor: 4242 });
    await started;
    await expect(backend.stop()).resolves.toEqual({ phase: 'failed', failure: { kind: 'stuck', pid: 4242 } });
  });

  it('has seen the port free, or says who is to blame that it is not', async () => {
    const { backend, started, port, logged } = await begin('healthy,slow-to-stop');
    await started;
    await backend.stop();
    expect([await choosePort(port), logged]).toEqual([port, []]);

    const second = await begin('silent', { port });
    await expect.poll(() => second.diary().length, { timeout: 20_000 }).toBeGreaterThan(0);
    const stranger = createServer();
    await new Promise<void>(resolve => stranger.listen(port, '127.0.0.1', resolve));
    undo.push(() => stranger.close());
    await second.backend.stop();
    expect(second.logged).toEqual([`port ${port} is still taken, though the server has ended`]);
  });

  it.each([
    ['is missing', undefined],
    ['cannot be run', '#!/nowhere/at/all\n'],
    ['fails', '#!/bin/sh\nexit 1\n'],
    ['never ends', '#!/bin/sh\nexec /bin/sleep 60\n'],
  ])('kills it on a machine whose `ps` %s, too', async (_what, ps) => {
    if (ps !== undefined) writeFileSync(join(folder, 'ps'), ps, { mode: 0o755 });
    const { backend, port, started, grandchildPort } = await begin('stubborn,grandchild', { limits: { graceMs: 100 } });
    await started;
    await becomes(grandchildPort, true);
    const path = process.env['PATH'];
    undo.push(() => {
      process.env['PATH'] = path;
    });
    process.env['PATH'] = folder;
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    await becomes(port, false);
    await becomes(grandchildPort, false);
  });

  it('ends a server that hangs in its start when the patience is over', async () => {
    const { started, port } = await begin('starting-for-ever', { limits: { silentMs: 1_000 } });
    await expect(failureOf(started)).resolves.toMatchObject({ kind: 'too-slow', silentMs: 1_000 });
    await becomes(port, false);
  });

  it('does not end one that still makes progress', async () => {
    const { backend, history } = await begin('creeping', { limits: { silentMs: 1_000 } });
    await expect
      .poll(() => history.at(-1), { timeout: 20_000 })
      .toMatchObject({ phase: 'starting', modules: expect.toSatisfy((modules: number) => modules > 50) });
    expect(backend.state).toMatchObject({ phase: 'starting', proved: true });
  });
});
