import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAttachedHost, PS_MS } from '../../../desktop/server/child-process';
import type { BackendState } from '../../../desktop/server/core/state';
import type { ProbeResult, Server, ServerEnd, ServerEvents } from '../../../desktop/server/host';
import { Backend, LIMITS, type Limits } from '../../../desktop/server/supervisor';
import { IDLE_AFTER_MS } from '../../../desktop/server/use';
import { TASKKILL_MS } from '../../../desktop/system/windows-program';

// Fake timers do not replace this module, so this mock uses the fake `setTimeout`.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = setTimeout(() => resolve(value), ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
}));

const SILENT_MS = 30_000;
const HUNG_MS = 20_000;
const crash: ServerEnd = { kind: 'exited', code: 3, signal: null, lines: ['no module named cachibot'] };
const cleanExit: ServerEnd = { kind: 'exited', code: 0, signal: null, lines: [] };
const damage = {
  kind: 'damaged',
  folder: '/opt/backend',
  flawed: 1,
  flaws: [{ file: 'cachibot-server', is: 'changed' }],
  lines: [],
} as const;
const ready: ProbeResult = { kind: 'ready', version: '0.3.0', busy: false };

/** A fake server that the test controls. */
class FakeServer implements Server {
  readonly pid: number;
  readonly token: string;
  /** The result of a probe; with `nothing yet` a probe waits until it is aborted. */
  result: ProbeResult | 'nothing yet' = { kind: 'none' };
  /** The result of an aborted probe: the response was already on its way. */
  lateResult: ProbeResult = { kind: 'none' };
  probes = 0;
  cancelled = 0;
  /** The supervisor's calls, in order: `stop` and `kill`. */
  readonly calls: string[] = [];
  onCall: (call: string) => void = () => {};
  readonly #events: ServerEvents;

  constructor(number: number, events: ServerEvents) {
    this.pid = 1000 + number;
    this.token = `token ${number}`;
    this.#events = events;
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    this.probes++;
    if (this.result !== 'nothing yet') return this.result;
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    this.cancelled++;
    return this.lateResult;
  }

  lastLines(): string[] {
    return ['importing torch'];
  }

  stopped = false;
  isSuspended(): boolean {
    return this.stopped;
  }

  cut = false;
  async isLoopbackCut(): Promise<boolean> {
    return this.cut;
  }

  exited = false;
  hasExited(): boolean {
    return this.exited;
  }

  requestStop(): void {
    this.#record('stop');
  }

  killTree(): void {
    this.#record('kill');
  }

  exit(how: ServerEnd = crash): void {
    this.#events.onEnd(how);
  }

  reportDamage(): void {
    this.#events.onDamage(damage);
  }

  writeToStderr(): void {
    this.#events.onOutput();
  }

  #record(call: string): void {
    this.calls.push(call);
    this.onCall(call);
  }
}

function setUp(limits: () => Limits = () => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: HUNG_MS })) {
  const servers: FakeServer[] = [];
  const backend = new Backend(
    {
      launch(events) {
        servers.push(new FakeServer(servers.length + 1, events));
        return servers.at(-1)!;
      },
    },
    limits,
  );
  const history: BackendState[] = [];
  backend.onChange(state => history.push(state));
  return {
    backend,
    servers,
    history,
    get server() {
      return servers.at(-1)!;
    },
    phases: () => history.map(({ phase }) => phase),
  };
}

function starting(limits?: () => Limits) {
  const all = setUp(limits);
  const started = all.backend.start();
  return Object.assign(all, { started });
}

async function proved(modules = 1) {
  const all = starting();
  all.server.result = { kind: 'starting', modules };
  await pass(LIMITS.probeMs);
  return all;
}

async function running(limits?: () => Limits) {
  const all = starting(limits);
  all.server.result = ready;
  await pass(LIMITS.probeMs);
  await all.started;
  return all;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('starting', () => {
  it('is ready once the server responds with its proof', async () => {
    const { backend, started } = await running();
    await expect(started).resolves.toEqual({ phase: 'ready', version: '0.3.0' });
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is still starting while no server responds', async () => {
    const { backend, server } = starting();
    await pass(5_000);
    expect(backend.state).toMatchObject({ phase: 'starting', proved: false });
    expect(server.probes).toBeGreaterThan(100);
  });

  it('is proved before it is ready, so that the page can load in the meantime', async () => {
    const { history, server, started } = await proved(12);
    server.result = ready;
    await pass(LIMITS.provedProbeMs);
    await started;
    expect(history).toMatchObject([
      { phase: 'starting', proved: false },
      { phase: 'starting', proved: true, modules: 12 },
      { phase: 'ready' },
    ]);
  });

  it('reports each change in the number of modules, once', async () => {
    const { history, server } = await proved(12);
    await pass(1_000);
    server.result = { kind: 'starting', modules: 40 };
    await pass(1_000);
    expect(history.slice(1)).toMatchObject([{ modules: 12 }, { modules: 40 }]);
  });

  it('probes less often after the first proof, because each probe costs the server time', async () => {
    const { server } = await proved();
    const before = server.probes;
    await pass(1_000);
    expect(server.probes - before).toBe(1_000 / LIMITS.provedProbeMs);
  });

  it('runs one probe at a time', async () => {
    const { server } = starting();
    server.result = 'nothing yet';
    await pass(5_000);
    expect(server.probes).toBe(1);
  });

  it('launches one server, however often `start` is called', async () => {
    const { backend, server, servers, started } = starting();
    const again = backend.start();
    server.result = ready;
    await pass(LIMITS.probeMs);
    await expect(Promise.all([started, again])).resolves.toHaveLength(2);
    await expect(backend.start()).resolves.toEqual({ phase: 'ready', version: '0.3.0' });
    expect(servers).toHaveLength(1);
  });

  it('probes rarely once the server is ready', async () => {
    const { server } = await running();
    const { probes } = server;
    expect(vi.getTimerCount()).toBe(1);
    await pass(50_000);
    expect(server.probes - probes).toBe(50_000 / LIMITS.watchMs);
  });

  it('has the PID when it reports the first state', () => {
    const { backend } = setUp();
    const heard: unknown[] = [];
    backend.onChange(() => heard.push(backend.pid));
    void backend.start();
    expect(heard).toEqual([1001]);
  });
});

describe('a server that exits by itself', () => {
  it.each([
    ['with a code', crash],
    ['with code 0, which is a failure, too', cleanExit],
    ['by a signal', { kind: 'exited', code: null, signal: 'SIGSEGV', lines: [] } as const],
  ])('before it was ready: %s', async (_how, end) => {
    const { server, started } = starting();
    await pass(100);
    server.exit(end);
    await expect(started).resolves.toEqual({ phase: 'failed', failure: { ...end, ready: false } });
  });

  it('after it had proved itself, and before it was ready', async () => {
    const { server, started } = await proved();
    server.exit();
    await expect(started).resolves.toMatchObject({ failure: { kind: 'exited', ready: false } });
  });

  it('after it was ready', async () => {
    const { backend, server } = await running();
    server.exit(cleanExit);
    expect(backend.state).toMatchObject({ phase: 'restarting', because: { ...cleanExit, ready: true }, attempt: 1 });
    expect(backend.pid).toBeUndefined();
    expect(backend.token).toBeUndefined();
  });

  it.each<ServerEnd>([
    { kind: 'not-started', file: '/opt/server', reason: 'ENOENT' },
    { kind: 'no-workspace', folder: '/users/ada/CachiBot', reason: 'EACCES' },
    { kind: 'port-lost', port: 5870 },
  ])('because it could not start: $kind', async end => {
    const { server, started } = starting();
    server.exit(end);
    await expect(started).resolves.toEqual({ phase: 'failed', failure: end });
  });

  it('is not probed any more, and the current probe is aborted', async () => {
    const { server } = starting();
    server.result = 'nothing yet';
    await pass(LIMITS.probeMs);
    server.exit();
    await pass(60_000);
    expect(server).toMatchObject({ probes: 1, cancelled: 1, calls: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stays failed when a response arrives too late', async () => {
    const { backend, server } = starting();
    server.result = ready;
    const late = pass(LIMITS.probeMs);
    server.exit();
    await late;
    expect(backend.state.phase).toBe('failed');
  });
});

describe('a slow server', () => {
  it('becomes slow after the limit, not before', async () => {
    const { backend } = starting();
    await pass(LIMITS.slowMs - 1);
    expect(backend.state).toMatchObject({ slow: false });
    await pass(1);
    expect(backend.state).toMatchObject({ phase: 'starting', slow: true });
  });

  it('has stalled after half of that time without progress', async () => {
    const { backend, server } = starting();
    server.writeToStderr();
    await pass(SILENT_MS / 2 - 1);
    expect(backend.state).toMatchObject({ stalled: false });
    server.writeToStderr();
    await pass(SILENT_MS / 2 - 1);
    expect(backend.state).toMatchObject({ stalled: false });
    await pass(1);
    expect(backend.state).toMatchObject({ phase: 'starting', stalled: true });
  });

  it.each(['stderr', 'modules'])('has stalled no longer when it shows a sign of life on %s', async on => {
    const { backend, server } = starting();
    server.result = { kind: 'starting', modules: 900 };
    await pass(SILENT_MS - 1_000);
    expect(backend.state).toMatchObject({ proved: true, stalled: true });
    if (on === 'stderr') server.writeToStderr();
    else server.result = { kind: 'starting', modules: 901 };
    await pass(LIMITS.provedProbeMs);
    expect(backend.state).toMatchObject({ proved: true, stalled: false });
    await pass(SILENT_MS / 2);
    expect(backend.state).toMatchObject({ phase: 'starting', stalled: true });
  });

  it('is stopped after half a minute without progress, with that as the failure', async () => {
    const { server, started, phases } = starting();
    await pass(SILENT_MS - 1);
    expect(server.calls).toEqual([]);
    await pass(1);
    expect(server.calls).toEqual(['stop']);
    server.exit(cleanExit);
    await expect(started).resolves.toEqual({
      phase: 'failed',
      failure: { kind: 'too-slow', silentMs: SILENT_MS, stopped: false, lines: ['importing torch'] },
    });
    expect(phases()).toEqual(['starting', 'starting', 'starting', 'stopping', 'failed']);
  });

  it('is not stopped as long as it imports modules', async () => {
    const { backend, server } = starting();
    for (let modules = 1; modules <= 10; modules++) {
      server.result = { kind: 'starting', modules };
      await pass(SILENT_MS - 1_000);
    }
    expect(backend.state.phase).toBe('starting');
    expect(server.calls).toEqual([]);
  });

  it('gets more time after its first proof, even with a single module', async () => {
    const { backend, server } = starting();
    await pass(SILENT_MS - 1_000);
    server.result = { kind: 'starting', modules: 1 };
    await pass(SILENT_MS - 1_000);
    expect(backend.state).toMatchObject({ phase: 'starting', proved: true });
  });

  it('is stopped after a limit that is not whole seconds', async () => {
    const { backend } = starting(() => ({ ...LIMITS, silentMs: 1_500, hungMs: HUNG_MS }));
    await pass(1_499);
    expect(backend.state.phase).toBe('starting');
    await pass(1);
    expect(backend.state.phase).toBe('stopping');
  });

  it('is not stopped as long as it writes to stderr', async () => {
    const { backend, server } = starting();
    for (let line = 1; line <= 3; line++) {
      await pass(SILENT_MS - 1_000);
      server.writeToStderr();
    }
    expect(backend.state.phase).toBe('starting');
  });

  it('gets no more time for a repeated response: a hung import sends it for ever', async () => {
    const { backend, server } = await proved(12);
    await pass(SILENT_MS);
    expect(backend.state).toMatchObject({ phase: 'stopping', because: { kind: 'too-slow' } });
    expect(server.calls).toEqual(['stop']);
  });

  it('gets no more time when the number of modules shrinks', async () => {
    const { backend, server } = await proved(12);
    for (let modules = 11; modules > 0; modules--) {
      server.result = { kind: 'starting', modules };
      await pass(SILENT_MS / 10);
    }
    expect(backend.state.phase).toBe('stopping');
  });

  it('may take any time once the user has chosen to wait', async () => {
    const { backend, server, started } = starting();
    await pass(LIMITS.slowMs);
    backend.keepWaiting();
    await pass(2 * SILENT_MS);
    expect(backend.state).toMatchObject({ phase: 'starting', patient: true });
    expect(server.calls).toEqual([]);
    server.result = ready;
    await pass(LIMITS.probeMs);
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
  });

  it('is stopped when its files are damaged, with that as the failure', async () => {
    const { backend, server } = starting();
    server.reportDamage();
    expect(server.calls).toEqual(['stop']);
    server.exit(cleanExit);
    expect(backend.state).toEqual({ phase: 'failed', failure: damage });
  });

  it('is reported when it exits while the user waits', async () => {
    const { backend, server, started } = starting();
    backend.keepWaiting();
    await pass(2 * SILENT_MS);
    server.exit();
    await expect(started).resolves.toMatchObject({ phase: 'failed', failure: { kind: 'exited' } });
  });

  it('is killed when it does not exit, and the failure stays the first one', async () => {
    const { server, started } = starting();
    server.onCall = call => call === 'kill' && server.exit(crash);
    await pass(SILENT_MS + LIMITS.graceMs);
    await expect(started).resolves.toMatchObject({ failure: { kind: 'too-slow' } });
    expect(server.calls).toEqual(['stop', 'kill']);
  });

  it('is reported as suspended if another program has suspended it', async () => {
    const { backend, server } = starting();
    server.stopped = true;
    await pass(SILENT_MS);
    expect(backend.state).toMatchObject({ because: { kind: 'too-slow', stopped: true } });
  });

  it('is not blamed when the loopback interface is cut', async () => {
    const { server, started } = starting();
    server.cut = true;
    server.onCall = () => server.exit(cleanExit);
    await pass(SILENT_MS);
    await expect(started).resolves.toEqual({ phase: 'failed', failure: { kind: 'loopback' } });
  });

  it('is not stopped for output that arrives while the loopback interface is checked', async () => {
    const { backend, server } = starting();
    server.isLoopbackCut = async () => {
      server.writeToStderr();
      return true;
    };
    await pass(SILENT_MS);
    expect(backend.state.phase).toBe('starting');
    expect(server.calls).toEqual([]);
  });

  it('gets the whole limit again after the machine slept', async () => {
    const { backend } = starting();
    await pass(SILENT_MS - 1);
    backend.resumed();
    await pass(SILENT_MS - 1);
    expect(backend.state.phase).toBe('starting');
  });

  it('gets the whole limit again after this process was suspended, by a debugger or an unreported sleep', async () => {
    const { backend } = starting();
    await pass(SILENT_MS - 1_000);
    // The clock advances by two hours before the next timer runs.
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 7_200_000);
    await pass(1_000);
    now.mockRestore();
    await pass(1_000);
    expect(backend.state.phase).toBe('starting');
  });

  it('gets the whole limit from the time when this process resumed', async () => {
    const { backend } = starting();
    await pass(10_000);
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 2_600);
    await pass(1_000);
    await pass(SILENT_MS - 1);
    expect(backend.state.phase).toBe('starting');
    await pass(1);
    expect(backend.state.phase).toBe('stopping');
    clock.mockRestore();
  });

  it('may write to stderr while it stops without starting a timer', async () => {
    const { backend, server } = await running();
    void backend.stop();
    server.writeToStderr();
    server.exit();
    server.writeToStderr();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('stopping', () => {
  it('requests the exit, and resolves when the server has exited', async () => {
    const { backend, server } = await running();
    const stopped = backend.stop();
    expect(server.calls).toEqual(['stop']);
    expect(backend.state).toEqual({ phase: 'stopping' });
    server.exit(cleanExit);
    await expect(stopped).resolves.toEqual({ phase: 'stopped' });
  });

  it('does not kill a server that exits on request, and leaves no timer behind', async () => {
    const { backend, server } = await running();
    void backend.stop();
    await pass(LIMITS.graceMs - 1);
    server.exit(cleanExit);
    expect(vi.getTimerCount()).toBe(0);
    await pass(60_000);
    expect(server.calls).toEqual(['stop']);
  });

  it('kills only after the grace', async () => {
    const { backend, server } = await running();
    const stopped = backend.stop();
    await pass(LIMITS.graceMs - 1);
    expect(server.calls).toEqual(['stop']);
    await pass(1);
    expect(server.calls).toEqual(['stop', 'kill']);
    server.exit({ kind: 'exited', code: null, signal: 'SIGKILL', lines: [] });
    await expect(stopped).resolves.toEqual({ phase: 'stopped' });
  });

  it('does not resolve before the server has exited', async () => {
    const { backend } = await running();
    let done = false;
    void backend.stop().then(() => {
      done = true;
    });
    await pass(LIMITS.graceMs + LIMITS.killMs - 1);
    expect(done).toBe(false);
    expect(backend.state).toEqual({ phase: 'stopping' });
  });

  it('fails when the kill has no effect, so that quitting never hangs', async () => {
    const { backend } = await running();
    const stopped = backend.stop();
    await pass(LIMITS.graceMs + LIMITS.killMs);
    await expect(stopped).resolves.toEqual({ phase: 'failed', failure: { kind: 'stuck', pid: 1001 } });
  });

  it('works during a start', async () => {
    const { backend, server, started } = starting();
    server.result = 'nothing yet';
    await pass(LIMITS.probeMs);
    const stopped = backend.stop();
    expect(server.calls).toEqual(['stop']);
    server.exit(cleanExit);
    await expect(Promise.all([started, stopped])).resolves.toEqual([{ phase: 'stopped' }, { phase: 'stopped' }]);
    await pass(60_000);
    expect(server).toMatchObject({ probes: 1, cancelled: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('works immediately after a start', async () => {
    const { backend, server, started } = starting();
    const stopped = backend.stop();
    server.exit({ kind: 'not-started', file: '/opt/server', reason: 'ENOENT' });
    await expect(Promise.all([started, stopped])).resolves.toEqual([{ phase: 'stopped' }, { phase: 'stopped' }]);
  });

  it('requests the exit once, however often `stop` is called', async () => {
    const { backend, server } = await running();
    const all = [backend.stop(), backend.stop(), backend.stop()];
    server.exit(cleanExit);
    await expect(Promise.all(all)).resolves.toHaveLength(3);
    expect(server.calls).toEqual(['stop']);
  });

  it('resolves at once when no server runs', async () => {
    const { backend, servers } = setUp();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    expect(servers).toEqual([]);
  });

  it('keeps the failure when the server has already exited', async () => {
    const { backend, server } = await proved();
    server.exit();
    await expect(backend.stop()).resolves.toMatchObject({ phase: 'failed', failure: { kind: 'exited' } });
    expect(server.calls).toEqual([]);
  });

  it('launches no new server when `start` is called while it stops', async () => {
    const { backend, server, servers } = await running();
    const stopped = backend.stop();
    const start = backend.start();
    server.exit(cleanExit);
    await expect(Promise.all([stopped, start])).resolves.toEqual([{ phase: 'stopped' }, { phase: 'stopped' }]);
    expect(servers).toHaveLength(1);
  });
});

describe('starting again', () => {
  it('after a failure gets a new server with a new token', async () => {
    const all = await running();
    all.server.exit();
    const again = all.backend.start();
    all.server.result = ready;
    await pass(LIMITS.probeMs);
    await expect(again).resolves.toMatchObject({ phase: 'ready' });
    expect(all.servers).toHaveLength(2);
    expect(all.backend).toMatchObject({ pid: 1002, token: 'token 2' });
  });

  it('has all its limits again', async () => {
    const all = starting();
    await pass(SILENT_MS - 1_000);
    all.server.exit();
    void all.backend.start();
    await pass(SILENT_MS - 1_000);
    expect(all.backend.state.phase).toBe('starting');
    await pass(1_000);
    expect(all.backend.state.phase).toBe('stopping');
  });

  it('reads the limits again, so that a changed setting takes effect', async () => {
    const limits: Limits = { ...LIMITS, silentMs: 1_000, hungMs: HUNG_MS };
    const all = starting(() => ({ ...limits }));
    all.server.exit();
    limits.silentMs = 120_000;
    limits.slowMs = 60_000;
    void all.backend.start();
    await pass(59_999);
    expect(all.backend.state).toMatchObject({ phase: 'starting', slow: false });
    await pass(1);
    expect(all.backend.state).toMatchObject({ phase: 'starting', slow: true });
    await pass(60_000);
    expect(all.backend.state.phase).toBe('stopping');
  });

  it('resets the user’s choice to wait', async () => {
    const all = starting();
    all.backend.keepWaiting();
    all.server.exit();
    void all.backend.start();
    await pass(SILENT_MS);
    expect(all.backend.state.phase).toBe('stopping');
  });

  it('is not affected when the previous server, reported as stuck, exits at last', async () => {
    const all = await running();
    const [first] = all.servers;
    void all.backend.stop();
    await pass(LIMITS.graceMs + LIMITS.killMs);
    expect(all.backend.state).toMatchObject({ failure: { kind: 'stuck' } });

    void all.backend.start();
    all.server.result = ready;
    await pass(LIMITS.probeMs);
    first?.exit({ kind: 'exited', code: null, signal: 'SIGKILL', lines: [] });
    expect(all.backend.state.phase).toBe('ready');
    expect(all.backend.pid).toBe(1002);
  });

  it('is not stopped for damage of the previous server, reported as stuck', async () => {
    const all = await running();
    const [first] = all.servers;
    void all.backend.stop();
    await pass(LIMITS.graceMs + LIMITS.killMs);
    void all.backend.start();
    first?.reportDamage();
    expect(all.backend.state.phase).toBe('starting');
  });

  it('is not made ready by a late response of the previous server', async () => {
    const all = starting();
    all.server.result = 'nothing yet';
    all.server.lateResult = ready;
    await pass(LIMITS.probeMs);
    all.server.exit();
    void all.backend.start();
    await pass(1_000);
    expect(all.backend.state).toMatchObject({ phase: 'starting', proved: false });
  });

  it('gets no more time when the previous server writes output', async () => {
    const all = starting();
    const [first] = all.servers;
    first?.exit();
    void all.backend.start();
    await pass(SILENT_MS - 1);
    first?.writeToStderr();
    await pass(1);
    expect(all.backend.state.phase).toBe('stopping');
  });
});

describe('a server that exits after it was ready', () => {
  /** Makes the server exit; after its restart it responds at once. */
  async function exitAndReturn({ backend, servers }: Awaited<ReturnType<typeof running>>) {
    const before = servers.length;
    servers.at(-1)!.exit();
    await pass(20_000);
    if (servers.length === before) return;
    servers.at(-1)!.result = ready;
    await pass(LIMITS.probeMs);
    expect(backend.state.phase).toBe('ready');
  }

  it('is restarted automatically, with a new token', async () => {
    const all = await running();
    const { token } = all.backend;
    await exitAndReturn(all);
    const entered = all.phases().filter((phase, at, phases) => phase !== phases[at - 1]);
    expect(entered).toEqual(['starting', 'ready', 'restarting', 'starting', 'ready']);
    expect(all.servers).toHaveLength(2);
    expect(all.backend.token).not.toBe(token);
  });

  it('is not restarted after too many exits in a short time, with the last exit as the failure', async () => {
    const all = await running();
    for (let time = 0; time < LIMITS.restarts; time++) await exitAndReturn(all);
    expect(all.backend.state.phase).toBe('ready');
    all.server.exit(cleanExit);
    expect(all.backend.state).toEqual({ phase: 'failed', failure: { ...cleanExit, ready: true } });
    await pass(3_600_000);
    expect(all.servers).toHaveLength(LIMITS.restarts + 1);
  });

  it('is restarted any number of times if the exits are rare', async () => {
    const all = await running();
    for (let time = 0; time < 20; time++) {
      await exitAndReturn(all);
      await pass(200_000);
    }
    expect(all.backend.state.phase).toBe('ready');
  });

  it('has all its restarts again when the user starts it', async () => {
    const all = await running();
    for (let time = 0; time <= LIMITS.restarts; time++) await exitAndReturn(all);
    expect(all.backend.state.phase).toBe('failed');
    void all.backend.start();
    all.server.result = ready;
    await pass(LIMITS.probeMs);
    await exitAndReturn(all);
    expect(all.backend.state.phase).toBe('ready');
  });

  it('is restarted again when it exits during a restart', async () => {
    const { backend, server, servers } = await running();
    server.exit();
    await pass(1_000);
    servers.at(-1)!.exit();
    expect(backend.state).toMatchObject({ phase: 'restarting', attempt: 2 });
  });

  it('is not restarted when the limit is zero', async () => {
    const { backend, server } = await running(() => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: HUNG_MS, restarts: 0 }));
    server.exit();
    expect(backend.state.phase).toBe('failed');
  });

  it('is not restarted when the user quits during the pause', async () => {
    const { backend, server, servers } = await running();
    server.exit();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    await pass(60_000);
    expect(servers).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a server that no longer responds', () => {
  async function silent() {
    const all = await running();
    all.server.result = { kind: 'none' };
    await pass(HUNG_MS + LIMITS.watchMs);
    return all;
  }
  const silence = { silentMs: expect.any(Number), stopped: false };

  it('is reported after the limit, and never stopped for it', async () => {
    const { backend, server } = await silent();
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0', silence: { silentMs: HUNG_MS, stopped: false } });
    await pass(3_600_000);
    expect(server.calls).toEqual([]);
    expect(backend.state.phase).toBe('ready');
  });

  it.each([1, 3, 10, 20, 60, 3_600])('is reported after a limit of %d s, and not before', async seconds => {
    const hungMs = seconds * 1000;
    const { backend, server } = await running(() => ({ ...LIMITS, silentMs: SILENT_MS, hungMs }));
    server.result = { kind: 'none' };
    await pass(hungMs - 1);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(hungMs / 4);
    expect(backend.state).toMatchObject({ phase: 'ready', silence });
  });

  it('is reported when each probe takes seconds to fail', async () => {
    const { backend, server } = await running();
    server.probe = async () => {
      await new Promise(resolve => setTimeout(resolve, 5_000));
      return { kind: 'none' };
    };
    await pass(HUNG_MS + LIMITS.watchMs + 5_000);
    expect(backend.state).toMatchObject({ phase: 'ready', silence });
  });

  it('is not reported for a short silence', async () => {
    const { backend, history, server } = await running();
    const count = history.length;
    for (let time = 0; time < 10; time++) {
      server.result = { kind: 'none' };
      await pass(HUNG_MS - LIMITS.watchMs);
      server.result = ready;
      await pass(LIMITS.watchMs);
    }
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    expect(history).toHaveLength(count);
  });

  it('is reported once, not every second', async () => {
    const { history } = await silent();
    const count = history.length;
    await pass(600_000);
    expect(history).toHaveLength(count);
  });

  it('is ready as before once it responds', async () => {
    const { backend, server } = await silent();
    server.result = ready;
    await pass(LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is reported as suspended when another program has suspended it', async () => {
    const { backend, server } = await silent();
    server.stopped = true;
    await pass(LIMITS.watchMs);
    expect(backend.state).toMatchObject({ silence: { stopped: true } });
  });

  it('is reported as cut off when nothing can connect on the loopback interface', async () => {
    const { backend, server } = await running();
    server.result = { kind: 'none' };
    server.cut = true;
    await pass(HUNG_MS + LIMITS.watchMs);
    expect(backend.state).toMatchObject({ phase: 'ready', silence: { stopped: false, cut: true } });
  });

  it('is reported without that when its host cannot check the loopback interface', async () => {
    const { backend, server } = await running();
    server.result = { kind: 'none' };
    Object.assign(server, { isLoopbackCut: undefined });
    await pass(HUNG_MS + LIMITS.watchMs);
    expect(backend.state).toMatchObject({ phase: 'ready', silence: { stopped: false } });
  });

  it('is not reported when it exits while the loopback interface is checked', async () => {
    const { server, history } = await running();
    server.result = { kind: 'none' };
    server.isLoopbackCut = async () => {
      server.exit();
      return true;
    };
    await pass(HUNG_MS + LIMITS.watchMs);
    expect(JSON.stringify(history)).not.toContain('silence');
  });

  it('gets the whole limit again when the user chooses to wait', async () => {
    const { backend } = await silent();
    backend.keepWaiting();
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(HUNG_MS - LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(3 * LIMITS.watchMs);
    expect(backend.state).toMatchObject({ silence });
  });

  it('is stopped and restarted when the user chooses that', async () => {
    const { backend, server, servers } = await silent();
    backend.restart();
    expect(server.calls).toEqual(['stop']);
    expect(backend.state).toMatchObject({ phase: 'stopping', again: { because: { kind: 'unresponsive' } } });
    await pass(LIMITS.graceMs);
    expect(server.calls).toEqual(['stop', 'kill']);
    server.exit();
    expect(backend.state).toMatchObject({ phase: 'starting', again: { attempt: 1 } });
    expect(servers).toHaveLength(2);
  });

  it('is restarted when its port refuses all connections', async () => {
    const { backend, server, servers } = await running();
    server.result = { kind: 'none', refused: true };
    await pass(HUNG_MS - LIMITS.watchMs);
    expect(server.calls).toEqual([]);
    await pass(2 * LIMITS.watchMs);
    expect(server.calls).toEqual(['stop']);
    expect(backend.state).toMatchObject({ again: { because: { kind: 'unresponsive', silentMs: HUNG_MS } } });
    server.exit(cleanExit);
    expect(servers).toHaveLength(2);
  });

  it('is restarted when its port refuses all connections after it has responded', async () => {
    const { server } = await running();
    await pass(3 * LIMITS.watchMs);
    server.result = { kind: 'none', refused: true };
    await pass(HUNG_MS + LIMITS.watchMs);
    expect(server.calls).toEqual(['stop']);
  });

  it.each<[string, (server: FakeServer) => void]>([
    ['one of its connections was accepted', server => (server.result = { kind: 'none' })],
    ['nothing can connect on the loopback interface', server => (server.cut = true)],
    ['another program has suspended it', server => (server.stopped = true)],
  ])('is not restarted when %s', async (_what, change) => {
    const { backend, server } = await running();
    server.result = { kind: 'none', refused: true };
    await pass(LIMITS.watchMs);
    change(server);
    await pass(LIMITS.watchMs);
    server.result = { kind: 'none', refused: true };
    await pass(HUNG_MS);
    expect(backend.state).toMatchObject({ phase: 'ready', silence: { silentMs: HUNG_MS } });
    expect(server.calls).toEqual([]);
  });

  it('is restarted for refused connections only as often as after a crash', async () => {
    const all = await running();
    for (let count = 0; count < LIMITS.restarts; count++) {
      all.server.result = { kind: 'none', refused: true };
      await pass(HUNG_MS + LIMITS.watchMs);
      expect(all.server.calls).toEqual(['stop']);
      all.server.exit(cleanExit);
      all.server.result = ready;
      await pass(LIMITS.watchMs);
      expect(all.backend.state.phase).toBe('ready');
    }
    all.server.result = { kind: 'none', refused: true };
    await pass(HUNG_MS + LIMITS.watchMs);
    expect(all.backend.state).toMatchObject({ phase: 'ready', silence: { stopped: false } });
    expect(all.server.calls).toEqual([]);
  });

  it('is not reported for the time during which the machine slept', async () => {
    const { backend, server } = await running();
    server.result = { kind: 'none' };
    await pass(HUNG_MS - LIMITS.watchMs);
    backend.resumed();
    await pass(HUNG_MS - LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is probed at once when the machine resumes', async () => {
    const { backend, server } = await running();
    await pass(LIMITS.watchMs + 1);
    const { probes } = server;
    backend.resumed();
    await pass(1);
    expect(server.probes).toBe(probes + 1);
  });

  it.each([
    [1, 5],
    [3, 5],
    [20, 16],
  ])('with a limit of %d s, is not reported after this process was suspended for %d s', async (limit, seconds) => {
    const { backend, server } = await running(() => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: limit * 1000 }));
    server.result = { kind: 'none' };
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + seconds * 1000);
    await pass(Math.min(LIMITS.watchMs, limit * 250));
    vi.mocked(performance.now).mockRestore();
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is not reported after a debugger or an unreported sleep has suspended this process', async () => {
    const { backend, server } = await running();
    server.result = { kind: 'none' };
    await pass(LIMITS.watchMs);
    // The clock advances by two hours before the next timer runs.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 7_200_000);
    await pass(LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    vi.mocked(performance.now).mockRestore();
  });
});

describe('a ready server that nobody uses', () => {
  /** The server was used for the last time so long ago that it counts as idle, and was probed just now. */
  async function idle() {
    const all = await running();
    await pass(IDLE_AFTER_MS);
    await pass(LIMITS.idleWatchMs);
    return all;
  }

  it('is probed as often as before for a minute, and then every ten minutes', async () => {
    const { server } = await running();
    const { probes } = server;
    await pass(IDLE_AFTER_MS);
    const whileUsed = IDLE_AFTER_MS / LIMITS.watchMs - 1;
    expect(server.probes - probes).toBe(whileUsed);
    await pass(600_000);
    expect(server.probes - probes).toBe(whileUsed + 600_000 / LIMITS.idleWatchMs);
  });

  it('is probed at once when it is used, and then as often as before', async () => {
    const { backend, server } = await idle();
    await pass(LIMITS.watchMs);
    const { probes } = server;
    backend.use.note();
    await pass(0);
    expect(server.probes - probes).toBe(1);
    await pass(4 * LIMITS.watchMs);
    expect(server.probes - probes).toBe(5);
  });

  it('is not probed more often than before, however often it is used', async () => {
    const { backend, server } = await running();
    const { probes } = server;
    for (let time = 0; time < 600; time++) {
      backend.use.note();
      await pass(LIMITS.watchMs / 50);
    }
    expect(server.probes - probes).toBe(600 / 50);
  });

  it.each([true, undefined])('is probed as often as before while it is busy (%s)', async busy => {
    const { server } = await running();
    server.result = { kind: 'ready', version: '0.3.0', ...(busy === undefined ? {} : { busy }) };
    const { probes } = server;
    await pass(600_000);
    expect(server.probes - probes).toBe(600_000 / LIMITS.watchMs);
  });

  it('is reported when it has not responded to the user for the whole limit, and not earlier', async () => {
    const { backend, server } = await idle();
    server.result = { kind: 'none' };
    await pass(LIMITS.idleWatchMs / 2);
    backend.use.note();
    await pass(HUNG_MS - 1);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(1);
    expect(backend.state).toMatchObject({ silence: { silentMs: HUNG_MS, stopped: false } });
  });

  it('is reported without a use, too, and is noticed within seconds when it responds again', async () => {
    const { backend, server } = await idle();
    server.result = { kind: 'none' };
    await pass(LIMITS.idleWatchMs + HUNG_MS);
    expect(backend.state).toMatchObject({ silence: { silentMs: HUNG_MS, stopped: false } });
    await pass(3_600_000);
    server.result = ready;
    await pass(LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is restarted when its port refuses all connections', async () => {
    const { server } = await idle();
    server.result = { kind: 'none', refused: true };
    await pass(LIMITS.idleWatchMs + HUNG_MS);
    expect(server.calls).toEqual(['stop']);
  });

  it('is not reported for a first probe without a response, however long the last response was ago', async () => {
    const { backend, history, server } = await idle();
    const count = history.length;
    await pass(LIMITS.idleWatchMs - 1);
    server.result = { kind: 'none' };
    await pass(HUNG_MS);
    server.result = ready;
    await pass(HUNG_MS);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    expect(history).toHaveLength(count);
  });

  it('is not reported after an unreported sleep', async () => {
    const { backend, server } = await idle();
    server.result = { kind: 'none' };
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 7_200_000);
    await pass(LIMITS.idleWatchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    now.mockRestore();
  });

  it('is probed at once when the machine resumes', async () => {
    const { backend, server } = await idle();
    await pass(LIMITS.watchMs);
    const { probes } = server;
    backend.resumed();
    await pass(0);
    expect(server.probes - probes).toBe(1);
  });

  it('leaves no timer and no listener behind when it exits', async () => {
    const { backend, server } = await idle();
    await pass(LIMITS.watchMs);
    void backend.stop();
    server.exit(cleanExit);
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    const { probes } = server;
    backend.use.note();
    await pass(60_000);
    expect(server.probes).toBe(probes);
  });
});

describe('the token', () => {
  it('exists from the first proof until the stop, and at no other time', async () => {
    const { backend, server } = setUpStarted();
    expect(backend.token).toBeUndefined();
    await pass(1_000);
    expect(backend.token).toBeUndefined();

    server.result = { kind: 'starting', modules: 1 };
    await pass(LIMITS.probeMs);
    expect(backend.token).toBe('token 1');

    server.result = ready;
    await pass(LIMITS.provedProbeMs);
    expect(backend.token).toBe('token 1');

    void backend.stop();
    expect(backend.token).toBeUndefined();
    server.exit(cleanExit);
    expect(backend.token).toBeUndefined();
  });

  it('is removed as soon as the server has exited, even before that is reported', async () => {
    const { backend, server } = await running();
    expect(backend).toMatchObject({ isOurs: true, token: 'token 1' });
    server.exited = true;
    expect(backend.state.phase).toBe('ready');
    expect(backend).toMatchObject({ isOurs: false, token: undefined });
  });

  it('is removed when the server has exited', async () => {
    const { backend, server } = await running();
    server.exit();
    expect(backend.token).toBeUndefined();
  });

  it('does not exist for a server that has only written output, been slow, or been waited for', async () => {
    const { backend, server } = setUpStarted();
    server.writeToStderr();
    backend.keepWaiting();
    await pass(LIMITS.slowMs);
    expect(backend.state).toMatchObject({ slow: true, patient: true });
    expect(backend.token).toBeUndefined();
  });

  it('of the next server does not exist before its own proof', async () => {
    const all = await running();
    all.server.exit();
    void all.backend.start();
    expect(all.backend.token).toBeUndefined();
  });

  function setUpStarted() {
    const { backend, server } = starting();
    return { backend, server };
  }
});

describe('a server that a developer runs', () => {
  const URL = 'http://127.0.0.1:5999';

  it('is attached when it responds, and has neither token nor PID', async () => {
    const backend = new Backend(
      createAttachedHost(URL, async () => ready),
      () => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: HUNG_MS }),
    );
    const started = backend.start();
    await pass(LIMITS.probeMs);
    await expect(started).resolves.toEqual({ phase: 'attached', version: '0.3.0' });
    expect(backend.token).toBeUndefined();
    expect(backend.pid).toBeUndefined();
  });

  it('is released at once, reported once, and leaves no timer behind', async () => {
    const backend = new Backend(
      createAttachedHost(URL, async () => ready),
      () => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: HUNG_MS }),
    );
    void backend.start();
    await pass(LIMITS.probeMs);
    const phases: string[] = [];
    backend.onChange(({ phase }) => phases.push(phase));
    const stopped = backend.stop();
    await pass(0);
    await expect(stopped).resolves.toEqual({ phase: 'stopped' });
    expect(phases).toEqual(['stopping', 'stopped']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be tried again after it did not respond, and the first attempt has no effect', async () => {
    let answer: ProbeResult = { kind: 'none' };
    const backend = new Backend(
      createAttachedHost(URL, async () => answer),
      () => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: HUNG_MS }),
    );
    const first = backend.start();
    await pass(SILENT_MS);
    await expect(first).resolves.toMatchObject({ phase: 'failed', failure: { kind: 'too-slow' } });

    void backend.start();
    answer = ready;
    await pass(LIMITS.graceMs + LIMITS.killMs);
    expect(backend.state.phase).toBe('attached');
  });
});

it('waits longer for a forced stop than its programs may take', () => {
  // Otherwise the last way to kill the server would come after the message that it cannot be stopped.
  expect(2 * PS_MS).toBeLessThan(LIMITS.killMs);
  expect(TASKKILL_MS).toBeLessThan(LIMITS.killMs);
});
