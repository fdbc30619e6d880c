// @module-tag linux: reads processes from /proc

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redact } from '../../../desktop/log/core/redact';
import { createBackendHost } from '../../../desktop/server/child-process';
import { serverEnvironment } from '../../../desktop/server/core/environment';
import { readRunRecords } from '../../../desktop/server/core/run-record';
import type { BackendState, Failure } from '../../../desktop/server/core/state';
import { probe } from '../../../desktop/server/health-probe';
import { isLoopbackCut } from '../../../desktop/server/loopback';
import { createOrphanCleanup } from '../../../desktop/server/orphan-cleanup';
import { choosePort } from '../../../desktop/server/port';
import { createProcesses } from '../../../desktop/server/process-table';
import { Backend, LIMITS, type Limits } from '../../../desktop/server/supervisor';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { randomHex } from '../../../desktop/system/random-hex';
import { openRecordingServer } from '../../drivers/recording-server';

const SCRIPTED = join(__dirname, '..', '..', 'fixtures', 'scripted-server.mjs');

interface Change {
  /** Executable that replaces the scripted server. */
  file?: string;
  workspace?: string;
  limits?: Partial<Limits>;
  env?: Record<string, string>;
  port?: number;
  /** PID of a process that survives SIGKILL. */
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
let cleanUps: (() => unknown)[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cachibot-host-')));
  cleanUps = [() => rmSync(folder, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const step of cleanUps.reverse()) await step();
});

/** Starts the scripted server in the given modes, supervised as in the app. */
async function start(modes: string, change: Change = {}) {
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
  const recordFile = openJsonFile(join(folder, 'run.json'), log);
  const cleanup = createOrphanCleanup({
    file: recordFile,
    processes: () => processes,
    shellPid: process.pid,
    randomHex,
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
    randomHex,
    redact,
    isLoopbackCut,
    cleanup: survivor === undefined ? cleanup : { ...cleanup, afterExit: async () => survivor },
    environment: runId => {
      const caller = {
        ...process.env,
        SCRIPTED_DIARY: diaryFile,
        SCRIPTED_GRANDCHILD_PORT: String(grandchildPort),
        ...env,
      };
      const own = {
        port,
        identity: 'token' as const,
        home: folder,
        homeVariable: 'HOME',
        workspace: home,
        shellPid: process.pid,
        version: '1.2.3',
        runId,
        hangFile: join(folder, 'hang.txt'),
        profile: folder,
        proxy: 'system',
        open: { v1: false, webhooks: false },
      };
      return serverEnvironment(caller, own);
    },
    isSuspended: processes.isSuspended,
    hasExited: processes.hasExited,
    output: () => ({
      write(text) {
        output.bytes += text.length;
        output.text = (output.text + text).slice(-10_000);
      },
      end() {},
    }),
    log,
  });
  const launch: typeof host.launch = events => {
    const server = host.launch(events);
    if (server.token !== undefined) tokens.push(server.token);
    return server;
  };
  const backend = new Backend({ launch }, () => ({
    ...LIMITS,
    silentMs: 60_000,
    hungMs: 60_000,
    restarts: 0,
    ...limits,
  }));
  const history: BackendState[] = [];
  backend.onChange(state => history.push(state));
  cleanUps.push(() => backend.stop());
  const startedAt = performance.now();
  return {
    backend,
    port,
    grandchildPort,
    output,
    history,
    tokens,
    logged,
    record: () => readRunRecords(recordFile.read()),
    workspace: home,
    started: backend.start(),
    elapsedMs: () => performance.now() - startedAt,
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

const expectOpen = (port: number, open: boolean) => expect.poll(() => isOpen(port), { timeout: 20_000 }).toBe(open);
const print = (what: string, ms: number) => console.log(`${what}: ${Math.round(ms)} ms`);

describe('a healthy server', () => {
  it('becomes ready, after it has proved its identity', async () => {
    const { started, history, elapsedMs } = await start('healthy');
    await expect(started).resolves.toEqual({ phase: 'ready', version: '0.3.0' });
    print('ready, of which 150 ms are the server’s own', elapsedMs());
    const before = history.slice(0, -1);
    expect(before.at(-1)).toMatchObject({ phase: 'starting', proved: true });
  });

  it('gets host and port as arguments', async () => {
    const { started, diary, port } = await start('healthy');
    await started;
    expect(diary()[0]?.argv).toEqual(['healthy', '--host', '127.0.0.1', '--port', String(port)]);
  });

  it('gets the token where no other program can read it, even if its caller has that variable', async () => {
    const { started, backend, tokens } = await start('healthy,daemon', { env: { CACHIBOT_DESKTOP_TOKEN: 'stale' } });
    await started;
    const daemon = await findDaemon(backend.pid!);
    for (const pid of [backend.pid, daemon.pid]) {
      const shown = ['cmdline', 'environ'].map(file => readFileSync(`/proc/${pid}/${file}`, 'latin1')).join();
      expect(shown).toContain(`CACHIBOT_DESKTOP_RUN=${daemon.id}`);
      expect(shown).not.toContain('CACHIBOT_DESKTOP_TOKEN');
      expect(shown).not.toContain(tokens[0]);
    }
  });

  it('runs in a workspace that is created for it', async () => {
    const { started, diary, workspace } = await start('healthy', { workspace: join(folder, 'not', 'yet', 'there') });
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    expect(diary()[0]).toMatchObject({ cwd: workspace, env: { workspace } });
    if (process.platform !== 'win32') expect(statSync(workspace).mode & 0o777).toBe(0o700);
  });

  it('gets the contract’s environment, and no DATABASE_URL, which would move the data', async () => {
    const { started, diary, port } = await start('healthy', { env: { DATABASE_URL: 'postgresql://elsewhere/' } });
    await started;
    expect(diary()[0]?.env).toMatchObject({ desktop: 'true', port: String(port), database: null });
  });

  it('gets a new token of 64 hex digits each time', async () => {
    const { backend, started, tokens } = await start('healthy');
    await started;
    expect(backend.token).toBe(tokens[0]);
    await backend.stop();
    await backend.start();
    expect(backend.token).toBe(tokens[1]);
    expect(tokens).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('is read on both streams, even when it writes invalid UTF-8', async () => {
    const { started, output } = await start('healthy,bad-utf8');
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    await expect.poll(() => output.text).toContain('\ufffd\ufffd\n');
  });

  it('that writes continuously is not blocked, and its output is not kept in memory', async () => {
    const { backend, started, output, port } = await start('healthy,flood');
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    const before = process.memoryUsage();
    const from = output.bytes;
    await expect.poll(() => output.bytes - from, { timeout: 60_000, interval: 20 }).toBeGreaterThan(150_000_000);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(75_000_000);
    // It still responds, so it was not blocked.
    await expect(probe(`http://127.0.0.1:${port}`, backend.token, AbortSignal.timeout(20_000))).resolves.toMatchObject({
      kind: 'ready',
    });
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
  });
});

describe('a server that exits', () => {
  it('at once is reported with its code and the last ten lines of its stderr', async () => {
    const { started, elapsedMs, port } = await start('crash');
    const failure = await failureOf(started);
    print('crash reported', elapsedMs());
    expect(elapsedMs()).toBeLessThan(10_000);
    const traceback = Array.from({ length: 9 }, (_, line) => `line ${line + 22} of the traceback`);
    expect(failure).toEqual({
      kind: 'exited',
      ready: false,
      code: 3,
      signal: null,
      lines: [...traceback, 'ModuleNotFoundError: no module named cachibot'],
    });
    await expectOpen(port, false);
  });

  it('with code 0 before it was ready has failed, too', async () => {
    const { started } = await start('exit0');
    await expect(failureOf(started)).resolves.toEqual({
      kind: 'exited',
      ready: false,
      code: 0,
      signal: null,
      lines: [],
    });
  });

  it('after it was ready is reported with the end of its stderr', async () => {
    const { backend, started } = await start('healthy,crash-later');
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(backend.state).toEqual({
      phase: 'failed',
      failure: { kind: 'exited', ready: true, code: 7, signal: null, lines: ['The disk is gone.'] },
    });
  });

  it('by a signal is reported with that signal', async () => {
    const { backend, started } = await start('healthy');
    await started;
    process.kill(backend.pid!, 'SIGKILL');
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(backend.state).toMatchObject({ failure: { code: null, signal: 'SIGKILL', ready: true } });
  });

  it('is quoted even when it wrote invalid UTF-8', async () => {
    const { backend, started } = await start('healthy,bad-utf8,crash-later', { env: { SCRIPTED_DEATH_MS: '300' } });
    await started;
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(backend.state).toMatchObject({
      failure: { lines: expect.arrayContaining(['\ufffd\ufffd', 'The disk is gone.']) },
    });
  });

  it('is followed by the kill of its children', async () => {
    const { backend, started, grandchildPort } = await start('healthy,grandchild,forgetful,crash-later');
    await started;
    await expectOpen(grandchildPort, true);
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    await expectOpen(grandchildPort, false);
  });

  it('is followed by the kill of a daemon outside its process group, found by the run’s id', async () => {
    const { backend, started, logged } = await start('healthy,daemon,crash-later');
    await started;
    const { id } = await findDaemon(backend.pid!);
    await expect.poll(() => backend.state.phase, { timeout: 20_000 }).toBe('failed');
    expect(await createProcesses('proc').withRunId(id)).toEqual([]);
    expect(logged.join()).toMatch(/a server has left descendants, which are stopped: \d+ \(/);
  });

  it('is reported while a child still holds its streams open', async () => {
    const { started, elapsedMs } = await start('', { file: script('sleep 60 & echo gone >&2; exit 3') });
    await expect(failureOf(started)).resolves.toMatchObject({ kind: 'exited', code: 3, lines: ['gone'] });
    print('exit reported with open streams', elapsedMs());
    expect(elapsedMs()).toBeLessThan(10_000);
  });

  it('is quoted completely, even when its last output arrives after its exit', async () => {
    const flood = 'head -c 2000000 /dev/zero | tr "\\0" x | fold -w 80 >&2; echo "\nthe last word" >&2; exit 3';
    const { started } = await start('', { file: script(flood) });
    await expect(failureOf(started)).resolves.toMatchObject({
      lines: expect.toSatisfy((lines: string[]) => lines.at(-1) === 'the last word'),
    });
  });

  it('can be started again', async () => {
    const { backend, started } = await start('crash-once');
    await expect(started).resolves.toMatchObject({
      phase: 'failed',
      failure: { lines: ['It failed the first time.'] },
    });
    await expect(backend.start()).resolves.toMatchObject({ phase: 'ready' });
  });
});

describe('a server that cannot be started', () => {
  it('because the file is missing', async () => {
    const file = join(folder, 'cachibot-server');
    const { backend, started, elapsedMs } = await start('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'ENOENT' });
    print('missing file reported', elapsedMs());
    expect(elapsedMs()).toBeLessThan(10_000);
    await expect(backend.stop()).resolves.toMatchObject({ phase: 'failed' });
  });

  it('because no such command is on the PATH', async () => {
    const file = 'cachibot-no-such-command';
    const { started } = await start('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'ENOENT' });
  });

  it('because the file may not be executed', async () => {
    const file = join(folder, 'cachibot-server');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
    const { started } = await start('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'EACCES' });
  });

  it('because the file is a folder', async () => {
    const file = join(folder, 'cachibot-server');
    mkdirSync(file);
    const { started } = await start('', { file });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'not-started', file, reason: 'EACCES' });
  });

  it('because its workspace cannot be created', async () => {
    // A file at the path of the parent folder stops even root.
    const inTheWay = join(folder, 'in-the-way');
    writeFileSync(inTheWay, '');
    const { started, workspace } = await start('healthy', { workspace: inTheWay });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'no-workspace', folder: workspace, reason: 'ENOTDIR' });
  });

  it('because another server uses the same data: exit code 49', async () => {
    const { started } = await start('data-in-use');
    await expect(failureOf(started)).resolves.toEqual({
      kind: 'exited',
      ready: false,
      code: 49,
      signal: null,
      lines: ['The data folder is used by process 4242.'],
    });
  });
});

describe('a foreign server on the port that responds 200 to everything', () => {
  async function openForeignServer() {
    const server = await openRecordingServer({
      respond(_request, response) {
        response.writeHead(200, { 'Content-Type': 'application/json', 'X-CachiBot-Proof': 'f'.repeat(64) });
        response.end('{"status":"ok","version":"6.6.6","problems":[]}');
      },
    });
    cleanUps.push(server.close);
    return server;
  }

  it('makes our server exit with code 48, which is reported', async () => {
    const { port } = await openForeignServer();
    const { started, history } = await start('healthy', { port });
    await expect(failureOf(started)).resolves.toEqual({ kind: 'port-lost', port });
    expect(history.filter(state => state.phase === 'starting' && state.proved)).toEqual([]);
    expect(await isOpen(port)).toBe(true);
  });

  it('is never mistaken for our running server, and never receives the token', async () => {
    const { port, requests } = await openForeignServer();
    const { backend, history, tokens } = await start('silent', { port });
    await expect.poll(() => requests.length, { timeout: 20_000 }).toBeGreaterThan(20);
    expect(history).toMatchObject([{ phase: 'starting', proved: false }]);
    expect(backend.token).toBeUndefined();
    expect(JSON.stringify(requests)).not.toContain(tokens[0]);
  });
});

/** Waits for the server's daemon. @returns its PID, and the id of the run in its environment */
async function findDaemon(server: number): Promise<{ id: string; pid: number }> {
  const id = /CACHIBOT_DESKTOP_RUN=(\w+)/.exec(readFileSync(`/proc/${server}/environ`, 'latin1'))?.[1] ?? '';
  let pid: number | undefined;
  await expect
    .poll(
      async () => {
        const found = await createProcesses('proc').withRunId(id);
        pid = found.find(({ args }) => args.join(' ').startsWith(`${process.execPath} -e /* daemon */`))?.pid;
        return pid;
      },
      { timeout: 20_000 },
    )
    .toBeDefined();
  return { id, pid: pid! };
}

describe('the record of runs', () => {
  it('contains the server and its app while it runs, and is deleted after its exit', async () => {
    const { backend, started, record } = await start('healthy');
    await started;
    await expect.poll(record).toMatchObject([{ shell: { pid: process.pid }, server: { pid: backend.pid } }]);
    const [run] = record();
    expect(readFileSync(`/proc/${backend.pid}/environ`, 'latin1')).toContain(`CACHIBOT_DESKTOP_RUN=${run?.id}`);
    await backend.stop();
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });

  it('does not contain a server that exits before it can be examined', async () => {
    const { started } = await start('crash');
    await failureOf(started);
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });
});

describe('stopping', () => {
  it('lets the server exit by itself, quickly', async () => {
    const { backend, diary, port, started } = await start('healthy');
    await started;
    const requested = performance.now();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    const took = performance.now() - requested;
    print('stopped', took);
    expect(took).toBeLessThan(5_000);
    expect(diary().at(-1)?.event).toBe('stop-requested');
    expect(await isOpen(port)).toBe(false);
  });

  it('waits for a server that finishes its work', async () => {
    const { backend, started } = await start('slow-to-stop');
    await started;
    const requested = performance.now();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    expect(performance.now() - requested).toBeGreaterThan(700);
  });

  it('works during a start, before the server listens', async () => {
    const { backend, started, diary } = await start('silent');
    await expect.poll(() => diary().length, { timeout: 20_000 }).toBe(1);
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    await expect(started).resolves.toEqual({ phase: 'stopped' });
  });

  it('kills the children of a well-behaved server', async () => {
    const { backend, started, grandchildPort } = await start('healthy,grandchild');
    await started;
    await expectOpen(grandchildPort, true);
    await backend.stop();
    await expectOpen(grandchildPort, false);
  });

  it('kills a stubborn server after the grace period, and its grandchild that has another parent', async () => {
    const { backend, port, started, grandchildPort } = await start('stubborn,grandchild', { limits: { graceMs: 500 } });
    await started;
    await expectOpen(grandchildPort, true);
    const requested = performance.now();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    print('stubborn server killed, of which 500 ms are its grace period', performance.now() - requested);
    expect(performance.now() - requested).toBeGreaterThan(450);
    await expectOpen(port, false);
    await expectOpen(grandchildPort, false);
  });

  it('reports a process that survives SIGKILL as stuck', async () => {
    const { backend, started } = await start('healthy', { survivor: 4242 });
    await started;
    await expect(backend.stop()).resolves.toEqual({ phase: 'failed', failure: { kind: 'stuck', pid: 4242 } });
  });

  it('checks that the port is free, and logs when it is not', async () => {
    const { backend, started, port, logged } = await start('healthy,slow-to-stop');
    await started;
    await backend.stop();
    expect([await choosePort(port), logged]).toEqual([port, []]);

    const second = await start('silent', { port });
    await expect.poll(() => second.diary().length, { timeout: 20_000 }).toBeGreaterThan(0);
    const other = createServer();
    await new Promise<void>(resolve => other.listen(port, '127.0.0.1', resolve));
    cleanUps.push(() => other.close());
    await second.backend.stop();
    expect(second.logged).toEqual([`port ${port} is still taken, although the server has exited`]);
  });

  it.each([
    ['is missing', undefined],
    ['cannot be run', '#!/nowhere/at/all\n'],
    ['fails', '#!/bin/sh\nexit 1\n'],
    ['never exits', '#!/bin/sh\nexec /bin/sleep 60\n'],
  ])('kills it, too, on a machine whose `ps` %s', async (_what, ps) => {
    if (ps !== undefined) writeFileSync(join(folder, 'ps'), ps, { mode: 0o755 });
    const { backend, port, started, grandchildPort } = await start('stubborn,grandchild', { limits: { graceMs: 100 } });
    await started;
    await expectOpen(grandchildPort, true);
    const path = process.env['PATH'];
    cleanUps.push(() => {
      process.env['PATH'] = path;
    });
    process.env['PATH'] = folder;
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    await expectOpen(port, false);
    await expectOpen(grandchildPort, false);
  });

  it('stops a server that hangs during its start, at the limit', async () => {
    const { started, port } = await start('starting-for-ever', { limits: { silentMs: 1_000 } });
    await expect(failureOf(started)).resolves.toMatchObject({ kind: 'too-slow', silentMs: 1_000 });
    await expectOpen(port, false);
  });

  it('does not stop a starting server that makes progress', async () => {
    const { backend, history } = await start('creeping', { limits: { silentMs: 1_000 } });
    await expect
      .poll(() => history.at(-1), { timeout: 20_000 })
      .toMatchObject({ phase: 'starting', modules: expect.toSatisfy((modules: number) => modules > 50) });
    expect(backend.state).toMatchObject({ phase: 'starting', proved: true });
  });
});
