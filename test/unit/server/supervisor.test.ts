import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAttachedHost } from '../../../desktop/server/child-process';
import type { BackendState } from '../../../desktop/server/core/state';
import type { ProbeResult, Server, ServerEnd, ServerEvents } from '../../../desktop/server/host';
import { Backend, LIMITS, type Limits } from '../../../desktop/server/supervisor';

// Fake time does not reach this module by itself; so its one function is made of the timer that is fake.
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
const ready: ProbeResult = { kind: 'ready', version: '0.3.0' };

/** A server that says and does what the test tells it to. */
class FakeServer implements Server {
  readonly pid: number;
  readonly token: string;
  /** What a probe hears: an answer, or nothing until it is called off. */
  says: ProbeResult | 'nothing yet' = { kind: 'none' };
  /** What a question that is called off brings all the same: the answer was on its way. */
  saysTooLate: ProbeResult = { kind: 'none' };
  probes = 0;
  cancelled = 0;
  /** What was asked of it, in order. */
  readonly orders: string[] = [];
  onOrder: (order: string) => void = () => {};
  readonly #events: ServerEvents;

  constructor(number: number, events: ServerEvents) {
    this.pid = 1000 + number;
    this.token = `token ${number}`;
    this.#events = events;
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    this.probes++;
    if (this.says !== 'nothing yet') return this.says;
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    this.cancelled++;
    return this.saysTooLate;
  }

  lastLines(): string[] {
    return ['importing torch'];
  }

  stopped = false;
  isSuspended(): boolean {
    return this.stopped;
  }

  ended = false;
  hasExited(): boolean {
    return this.ended;
  }

  requestStop(): void {
    this.#take('leave');
  }

  killTree(): void {
    this.#take('die');
  }

  ends(how: ServerEnd = crash): void {
    this.#events.onEnd(how);
  }

  isDamaged(): void {
    this.#events.onDamage(damage);
  }

  writesToStderr(): void {
    this.#events.onOutput();
  }

  #take(order: string): void {
    this.orders.push(order);
    this.onOrder(order);
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
  all.server.says = { kind: 'starting', modules };
  await pass(LIMITS.probeMs);
  return all;
}

async function running(limits?: () => Limits) {
  const all = starting(limits);
  all.server.says = ready;
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
  it('is ready once the server answers with its proof', async () => {
    const { backend, started } = await running();
    await expect(started).resolves.toEqual({ phase: 'ready', version: '0.3.0' });
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is still starting while nobody answers', async () => {
    const { backend, server } = starting();
    await pass(5_000);
    expect(backend.state).toMatchObject({ phase: 'starting', proved: false });
    expect(server.probes).toBeGreaterThan(100);
  });

  it('is proved before it is ready, so that the page can load meanwhile', async () => {
    const { history, server, started } = await proved(12);
    server.says = ready;
    await pass(LIMITS.proofedProbeMs);
    await started;
    expect(history).toMatchObject([
      { phase: 'starting', proved: false },
      { phase: 'starting', proved: true, modules: 12 },
      { phase: 'ready' },
    ]);
  });

  it('tells of each step the server makes, and of none it does not', async () => {
    const { history, server } = await proved(12);
    await pass(1_000);
    server.says = { kind: 'starting', modules: 40 };
    await pass(1_000);
    expect(history.slice(1)).toMatchObject([{ modules: 12 }, { modules: 40 }]);
  });

  it('asks less often once the server has proved itself, when each answer costs it time', async () => {
    const { server } = await proved();
    const before = server.probes;
    await pass(1_000);
    expect(server.probes - before).toBe(1_000 / LIMITS.proofedProbeMs);
  });

  it('asks one question at a time', async () => {
    const { server } = starting();
    server.says = 'nothing yet';
    await pass(5_000);
    expect(server.probes).toBe(1);
  });

  it('makes one server, however often it is asked to start', async () => {
    const { backend, server, servers, started } = starting();
    const again = backend.start();
    server.says = ready;
    await pass(LIMITS.probeMs);
    await expect(Promise.all([started, again])).resolves.toHaveLength(2);
    await expect(backend.start()).resolves.toEqual({ phase: 'ready', version: '0.3.0' });
    expect(servers).toHaveLength(1);
  });

  it('asks only now and then once the server is ready', async () => {
    const { server } = await running();
    const { probes } = server;
    expect(vi.getTimerCount()).toBe(1);
    await pass(60_000);
    expect(server.probes - probes).toBe(60_000 / LIMITS.watchMs);
  });

  it('knows the process from the first moment anybody hears of it', () => {
    const { backend } = setUp();
    const heard: unknown[] = [];
    backend.onChange(() => heard.push(backend.pid));
    void backend.start();
    expect(heard).toEqual([1001]);
  });
});

describe('a server that ends by itself', () => {
  it.each([
    ['with a code', crash],
    ['with code 0, which is no excuse', cleanExit],
    ['by a signal', { kind: 'exited', code: null, signal: 'SIGSEGV', lines: [] } as const],
  ])('before it was ready: %s', async (_how, end) => {
    const { server, started } = starting();
    await pass(100);
    server.ends(end);
    await expect(started).resolves.toEqual({ phase: 'failed', failure: { ...end, ready: false } });
  });

  it('after it had proved itself, and before it was ready', async () => {
    const { server, started } = await proved();
    server.ends();
    await expect(started).resolves.toMatchObject({ failure: { kind: 'exited', ready: false } });
  });

  it('after it was ready', async () => {
    const { backend, server } = await running();
    server.ends(cleanExit);
    expect(backend.state).toMatchObject({ phase: 'restarting', because: { ...cleanExit, ready: true }, attempt: 1 });
    expect(backend.pid).toBeUndefined();
    expect(backend.token).toBeUndefined();
  });

  it.each<ServerEnd>([
    { kind: 'not-started', file: '/opt/server', reason: 'ENOENT' },
    { kind: 'no-workspace', folder: '/users/ada/CachiBot', reason: 'EACCES' },
    { kind: 'port-lost', port: 5870 },
  ])('because it could not begin: $kind', async end => {
    const { server, started } = starting();
    server.ends(end);
    await expect(started).resolves.toEqual({ phase: 'failed', failure: end });
  });

  it('is asked nothing any more, not even the question under way', async () => {
    const { server } = starting();
    server.says = 'nothing yet';
    await pass(LIMITS.probeMs);
    server.ends();
    await pass(60_000);
    expect(server).toMatchObject({ probes: 1, cancelled: 1, orders: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not brought back by an answer that came too late', async () => {
    const { backend, server } = starting();
    server.says = ready;
    const late = pass(LIMITS.probeMs);
    server.ends();
    await late;
    expect(backend.state.phase).toBe('failed');
  });
});

describe('a slow server', () => {
  it('is called slow after a while, not before', async () => {
    const { backend } = starting();
    await pass(LIMITS.slowMs - 1);
    expect(backend.state).toMatchObject({ slow: false });
    await pass(1);
    expect(backend.state).toMatchObject({ phase: 'starting', slow: true });
  });

  it('is closed after half a minute without a sign of life, and that is said', async () => {
    const { server, started, phases } = starting();
    await pass(SILENT_MS - 1);
    expect(server.orders).toEqual([]);
    await pass(1);
    expect(server.orders).toEqual(['leave']);
    server.ends(cleanExit);
    await expect(started).resolves.toEqual({
      phase: 'failed',
      failure: { kind: 'too-slow', silentMs: SILENT_MS, stopped: false, lines: ['importing torch'] },
    });
    expect(phases()).toEqual(['starting', 'starting', 'stopping', 'failed']);
  });

  it('is given time as long as it imports modules', async () => {
    const { backend, server } = starting();
    for (let modules = 1; modules <= 10; modules++) {
      server.says = { kind: 'starting', modules };
      await pass(SILENT_MS - 1_000);
    }
    expect(backend.state.phase).toBe('starting');
    expect(server.orders).toEqual([]);
  });

  it('is given time by its first proof, even with a single module', async () => {
    const { backend, server } = starting();
    await pass(SILENT_MS - 1_000);
    server.says = { kind: 'starting', modules: 1 };
    await pass(SILENT_MS - 1_000);
    expect(backend.state).toMatchObject({ phase: 'starting', proved: true });
  });

  it('is closed after a limit that is not whole seconds', async () => {
    const { backend } = starting(() => ({ ...LIMITS, silentMs: 1_500, hungMs: HUNG_MS }));
    await pass(1_499);
    expect(backend.state.phase).toBe('starting');
    await pass(1);
    expect(backend.state.phase).toBe('stopping');
  });

  it('is given time as long as it writes to stderr', async () => {
    const { backend, server } = starting();
    for (let line = 1; line <= 3; line++) {
      await pass(SILENT_MS - 1_000);
      server.writesToStderr();
    }
    expect(backend.state.phase).toBe('starting');
  });

  it('is not given time for the same answer again and again: a hung import gives it for ever', async () => {
    const { backend, server } = await proved(12);
    await pass(SILENT_MS);
    expect(backend.state).toMatchObject({ phase: 'stopping', because: { kind: 'too-slow' } });
    expect(server.orders).toEqual(['leave']);
  });

  it('is not given time for modules that are fewer than before', async () => {
    const { backend, server } = await proved(12);
    for (let modules = 11; modules > 0; modules--) {
      server.says = { kind: 'starting', modules };
      await pass(SILENT_MS / 10);
    }
    expect(backend.state.phase).toBe('stopping');
  });

  it('is waited for as long as it takes, once the person has said so', async () => {
    const { backend, server, started } = starting();
    await pass(LIMITS.slowMs);
    backend.keepWaiting();
    await pass(2 * SILENT_MS);
    expect(backend.state).toMatchObject({ phase: 'starting', patient: true });
    expect(server.orders).toEqual([]);
    server.says = ready;
    await pass(LIMITS.probeMs);
    await expect(started).resolves.toMatchObject({ phase: 'ready' });
  });

  it('is asked to stop when its files are damaged, and that is the failure', async () => {
    const { backend, server } = starting();
    server.isDamaged();
    expect(server.orders).toEqual(['leave']);
    server.ends(cleanExit);
    expect(backend.state).toEqual({ phase: 'failed', failure: damage });
  });

  it('is still found dead when the person waits', async () => {
    const { backend, server, started } = starting();
    backend.keepWaiting();
    await pass(2 * SILENT_MS);
    server.ends();
    await expect(started).resolves.toMatchObject({ phase: 'failed', failure: { kind: 'exited' } });
  });

  it('is killed when it does not leave either, and the reason stays the first one', async () => {
    const { server, started } = starting();
    server.onOrder = order => order === 'die' && server.ends(crash);
    await pass(SILENT_MS + LIMITS.graceMs);
    await expect(started).resolves.toMatchObject({ failure: { kind: 'too-slow' } });
    expect(server.orders).toEqual(['leave', 'die']);
  });

  it('is said to have been stopped, if somebody has stopped it', async () => {
    const { backend, server } = starting();
    server.stopped = true;
    await pass(SILENT_MS);
    expect(backend.state).toMatchObject({ because: { kind: 'too-slow', stopped: true } });
  });

  it('has its whole time again after the machine slept', async () => {
    const { backend } = starting();
    await pass(SILENT_MS - 1);
    backend.resumed();
    await pass(SILENT_MS - 1);
    expect(backend.state.phase).toBe('starting');
  });

  it('has its whole time again after this process was held, by a debugger or a sleep nobody told of', async () => {
    const { backend } = starting();
    await pass(SILENT_MS - 1_000);
    // The clock goes on without us: the next look comes hours too late.
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 7_200_000);
    await pass(1_000);
    now.mockRestore();
    await pass(1_000);
    expect(backend.state.phase).toBe('starting');
  });

  it('has its time counted from when this process was no longer held', async () => {
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

  it('may write to stderr on its way out without being timed again', async () => {
    const { backend, server } = await running();
    void backend.stop();
    server.writesToStderr();
    server.ends();
    server.writesToStderr();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('stopping', () => {
  it('asks, and is done when the server is gone', async () => {
    const { backend, server } = await running();
    const stopped = backend.stop();
    expect(server.orders).toEqual(['leave']);
    expect(backend.state).toEqual({ phase: 'stopping' });
    server.ends(cleanExit);
    await expect(stopped).resolves.toEqual({ phase: 'stopped' });
  });

  it('does not kill a server that leaves when asked, and leaves no timer behind', async () => {
    const { backend, server } = await running();
    void backend.stop();
    await pass(LIMITS.graceMs - 1);
    server.ends(cleanExit);
    expect(vi.getTimerCount()).toBe(0);
    await pass(60_000);
    expect(server.orders).toEqual(['leave']);
  });

  it('kills only after the grace', async () => {
    const { backend, server } = await running();
    const stopped = backend.stop();
    await pass(LIMITS.graceMs - 1);
    expect(server.orders).toEqual(['leave']);
    await pass(1);
    expect(server.orders).toEqual(['leave', 'die']);
    server.ends({ kind: 'exited', code: null, signal: 'SIGKILL', lines: [] });
    await expect(stopped).resolves.toEqual({ phase: 'stopped' });
  });

  it('is not done before the server is gone, however long that takes', async () => {
    const { backend } = await running();
    let done = false;
    void backend.stop().then(() => {
      done = true;
    });
    await pass(LIMITS.graceMs + LIMITS.killMs - 1);
    expect(done).toBe(false);
    expect(backend.state).toEqual({ phase: 'stopping' });
  });

  it('says so when not even force helps, so that quitting never hangs', async () => {
    const { backend } = await running();
    const stopped = backend.stop();
    await pass(LIMITS.graceMs + LIMITS.killMs);
    await expect(stopped).resolves.toEqual({ phase: 'failed', failure: { kind: 'stuck', pid: 1001 } });
  });

  it('works in the middle of a start', async () => {
    const { backend, server, started } = starting();
    server.says = 'nothing yet';
    await pass(LIMITS.probeMs);
    const stopped = backend.stop();
    expect(server.orders).toEqual(['leave']);
    server.ends(cleanExit);
    await expect(Promise.all([started, stopped])).resolves.toEqual([{ phase: 'stopped' }, { phase: 'stopped' }]);
    await pass(60_000);
    expect(server).toMatchObject({ probes: 1, cancelled: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('works in the very moment of a start', async () => {
    const { backend, server, started } = starting();
    const stopped = backend.stop();
    server.ends({ kind: 'not-started', file: '/opt/server', reason: 'ENOENT' });
    await expect(Promise.all([started, stopped])).resolves.toEqual([{ phase: 'stopped' }, { phase: 'stopped' }]);
  });

  it('asks once, however often it is told to stop', async () => {
    const { backend, server } = await running();
    const all = [backend.stop(), backend.stop(), backend.stop()];
    server.ends(cleanExit);
    await expect(Promise.all(all)).resolves.toHaveLength(3);
    expect(server.orders).toEqual(['leave']);
  });

  it('has nothing to do when nothing runs', async () => {
    const { backend, servers } = setUp();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    expect(servers).toEqual([]);
  });

  it('keeps the failure when the server has already ended', async () => {
    const { backend, server } = await proved();
    server.ends();
    await expect(backend.stop()).resolves.toMatchObject({ phase: 'failed', failure: { kind: 'exited' } });
    expect(server.orders).toEqual([]);
  });

  it('makes no new server for a start that comes meanwhile', async () => {
    const { backend, server, servers } = await running();
    const stopped = backend.stop();
    const start = backend.start();
    server.ends(cleanExit);
    await expect(Promise.all([stopped, start])).resolves.toEqual([{ phase: 'stopped' }, { phase: 'stopped' }]);
    expect(servers).toHaveLength(1);
  });
});

describe('starting again', () => {
  it('after a failure gets a new server with a new token', async () => {
    const all = await running();
    all.server.ends();
    const again = all.backend.start();
    all.server.says = ready;
    await pass(LIMITS.probeMs);
    await expect(again).resolves.toMatchObject({ phase: 'ready' });
    expect(all.servers).toHaveLength(2);
    expect(all.backend).toMatchObject({ pid: 1002, token: 'token 2' });
  });

  it('has the whole of its limits again', async () => {
    const all = starting();
    await pass(SILENT_MS - 1_000);
    all.server.ends();
    void all.backend.start();
    await pass(SILENT_MS - 1_000);
    expect(all.backend.state.phase).toBe('starting');
    await pass(1_000);
    expect(all.backend.state.phase).toBe('stopping');
  });

  it('reads the limits anew, so that a changed setting counts', async () => {
    const limits: Limits = { ...LIMITS, silentMs: 1_000, hungMs: HUNG_MS };
    const all = starting(() => ({ ...limits }));
    all.server.ends();
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

  it('forgets the patience of the time before', async () => {
    const all = starting();
    all.backend.keepWaiting();
    all.server.ends();
    void all.backend.start();
    await pass(SILENT_MS);
    expect(all.backend.state.phase).toBe('stopping');
  });

  it('is not ended by the server before, when that dies at last after it was given up as stuck', async () => {
    const all = await running();
    const [first] = all.servers;
    void all.backend.stop();
    await pass(LIMITS.graceMs + LIMITS.killMs);
    expect(all.backend.state).toMatchObject({ failure: { kind: 'stuck' } });

    void all.backend.start();
    all.server.says = ready;
    await pass(LIMITS.probeMs);
    first?.ends({ kind: 'exited', code: null, signal: 'SIGKILL', lines: [] });
    expect(all.backend.state.phase).toBe('ready');
    expect(all.backend.pid).toBe(1002);
  });

  it('is not stopped for damage of the server before, which was given up as stuck', async () => {
    const all = await running();
    const [first] = all.servers;
    void all.backend.stop();
    await pass(LIMITS.graceMs + LIMITS.killMs);
    void all.backend.start();
    first?.isDamaged();
    expect(all.backend.state.phase).toBe('starting');
  });

  it('is not made ready by an answer of the server before that came too late', async () => {
    const all = starting();
    all.server.says = 'nothing yet';
    all.server.saysTooLate = ready;
    await pass(LIMITS.probeMs);
    all.server.ends();
    void all.backend.start();
    await pass(1_000);
    expect(all.backend.state).toMatchObject({ phase: 'starting', proved: false });
  });

  it('is not kept alive by what the server before still writes', async () => {
    const all = starting();
    const [first] = all.servers;
    first?.ends();
    void all.backend.start();
    await pass(SILENT_MS - 1);
    first?.writesToStderr();
    await pass(1);
    expect(all.backend.state.phase).toBe('stopping');
  });
});

describe('a server that dies after it was ready', () => {
  /** Dies now and, once it has been begun again, answers at once. */
  async function diesAndReturns({ backend, servers }: Awaited<ReturnType<typeof running>>) {
    const before = servers.length;
    servers.at(-1)!.ends();
    await pass(20_000);
    if (servers.length === before) return;
    servers.at(-1)!.says = ready;
    await pass(LIMITS.probeMs);
    expect(backend.state.phase).toBe('ready');
  }

  it('is begun again by itself, with a new token', async () => {
    const all = await running();
    const { token } = all.backend;
    await diesAndReturns(all);
    const entered = all.phases().filter((phase, at, phases) => phase !== phases[at - 1]);
    expect(entered).toEqual(['starting', 'ready', 'restarting', 'starting', 'ready']);
    expect(all.servers).toHaveLength(2);
    expect(all.backend.token).not.toBe(token);
  });

  it('is given up after too many times in a short while, and the reason is the last end', async () => {
    const all = await running();
    for (let time = 0; time < LIMITS.restarts; time++) await diesAndReturns(all);
    expect(all.backend.state.phase).toBe('ready');
    all.server.ends(cleanExit);
    expect(all.backend.state).toEqual({ phase: 'failed', failure: { ...cleanExit, ready: true } });
    await pass(3_600_000);
    expect(all.servers).toHaveLength(LIMITS.restarts + 1);
  });

  it('may die again and again if that is rare', async () => {
    const all = await running();
    for (let time = 0; time < 20; time++) {
      await diesAndReturns(all);
      await pass(200_000);
    }
    expect(all.backend.state.phase).toBe('ready');
  });

  it('has the whole count again when the person starts it', async () => {
    const all = await running();
    for (let time = 0; time <= LIMITS.restarts; time++) await diesAndReturns(all);
    expect(all.backend.state.phase).toBe('failed');
    void all.backend.start();
    all.server.says = ready;
    await pass(LIMITS.probeMs);
    await diesAndReturns(all);
    expect(all.backend.state.phase).toBe('ready');
  });

  it('is tried again when it dies on its way back', async () => {
    const { backend, server, servers } = await running();
    server.ends();
    await pass(1_000);
    servers.at(-1)!.ends();
    expect(backend.state).toMatchObject({ phase: 'restarting', attempt: 2 });
  });

  it('is not begun again in a run that only tests', async () => {
    const { backend, server } = await running(() => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: HUNG_MS, restarts: 0 }));
    server.ends();
    expect(backend.state.phase).toBe('failed');
  });

  it('is not begun again when the person quits in the pause', async () => {
    const { backend, server, servers } = await running();
    server.ends();
    await expect(backend.stop()).resolves.toEqual({ phase: 'stopped' });
    await pass(60_000);
    expect(servers).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a server that does not answer any more', () => {
  async function silent() {
    const all = await running();
    all.server.says = { kind: 'none' };
    await pass(HUNG_MS + LIMITS.watchMs);
    return all;
  }
  const silence = { silentMs: expect.any(Number), stopped: false };

  it('is told of after a while, and never ended for it', async () => {
    const { backend, server } = await silent();
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0', silence: { silentMs: HUNG_MS, stopped: false } });
    await pass(3_600_000);
    expect(server.orders).toEqual([]);
    expect(backend.state.phase).toBe('ready');
  });

  it.each([1, 3, 10, 20, 60, 3_600])('is told of after a limit of %d s, and not before', async seconds => {
    const hungMs = seconds * 1000;
    const { backend, server } = await running(() => ({ ...LIMITS, silentMs: SILENT_MS, hungMs }));
    server.says = { kind: 'none' };
    await pass(hungMs - 1);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(hungMs / 4);
    expect(backend.state).toMatchObject({ phase: 'ready', silence });
  });

  it('is told of when each question takes seconds to fail', async () => {
    const { backend, server } = await running();
    server.probe = async () => {
      await new Promise(resolve => setTimeout(resolve, 5_000));
      return { kind: 'none' };
    };
    await pass(HUNG_MS + LIMITS.watchMs + 5_000);
    expect(backend.state).toMatchObject({ phase: 'ready', silence });
  });

  it('is not told of for a moment of silence', async () => {
    const { backend, history, server } = await running();
    const told = history.length;
    for (let time = 0; time < 10; time++) {
      server.says = { kind: 'none' };
      await pass(HUNG_MS - LIMITS.watchMs);
      server.says = ready;
      await pass(LIMITS.watchMs);
    }
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    expect(history).toHaveLength(told);
  });

  it('is told of once, not with every second', async () => {
    const { history } = await silent();
    const told = history.length;
    await pass(600_000);
    expect(history).toHaveLength(told);
  });

  it('is as before once it answers', async () => {
    const { backend, server } = await silent();
    server.says = ready;
    await pass(LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is said to be stopped when somebody has stopped it', async () => {
    const { backend, server } = await silent();
    server.stopped = true;
    await pass(LIMITS.watchMs);
    expect(backend.state).toMatchObject({ silence: { stopped: true } });
  });

  it('has its whole time again when the person waits', async () => {
    const { backend } = await silent();
    backend.keepWaiting();
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(HUNG_MS - LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    await pass(3 * LIMITS.watchMs);
    expect(backend.state).toMatchObject({ silence });
  });

  it('is closed and begun again when the person says so', async () => {
    const { backend, server, servers } = await silent();
    backend.restart();
    expect(server.orders).toEqual(['leave']);
    expect(backend.state).toMatchObject({ phase: 'stopping', again: { because: { kind: 'unresponsive' } } });
    await pass(LIMITS.graceMs);
    expect(server.orders).toEqual(['leave', 'die']);
    server.ends();
    expect(backend.state).toMatchObject({ phase: 'starting', again: { attempt: 1 } });
    expect(servers).toHaveLength(2);
  });

  it('had no chance to answer while the machine slept', async () => {
    const { backend, server } = await running();
    server.says = { kind: 'none' };
    await pass(HUNG_MS - LIMITS.watchMs);
    backend.resumed();
    await pass(HUNG_MS - LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('is asked at once how it is when the machine is awake again', async () => {
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
  ])('with a limit of %d s, had no chance while this process was held for %d s', async (limit, held) => {
    const { backend, server } = await running(() => ({ ...LIMITS, silentMs: SILENT_MS, hungMs: limit * 1000 }));
    server.says = { kind: 'none' };
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + held * 1000);
    await pass(Math.min(LIMITS.watchMs, limit * 250));
    vi.mocked(performance.now).mockRestore();
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('had none either while this process was held, by a debugger or a sleep nobody told of', async () => {
    const { backend, server } = await running();
    server.says = { kind: 'none' };
    await pass(LIMITS.watchMs);
    // The clock goes on without us: the next look comes hours too late.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 7_200_000);
    await pass(LIMITS.watchMs);
    expect(backend.state).toEqual({ phase: 'ready', version: '0.3.0' });
    vi.mocked(performance.now).mockRestore();
  });
});

describe('the token', () => {
  it('is there from the first proof to the end, and at no other time', async () => {
    const { backend, server } = setUpStarted();
    expect(backend.token).toBeUndefined();
    await pass(1_000);
    expect(backend.token).toBeUndefined();

    server.says = { kind: 'starting', modules: 1 };
    await pass(LIMITS.probeMs);
    expect(backend.token).toBe('token 1');

    server.says = ready;
    await pass(LIMITS.proofedProbeMs);
    expect(backend.token).toBe('token 1');

    void backend.stop();
    expect(backend.token).toBeUndefined();
    server.ends(cleanExit);
    expect(backend.token).toBeUndefined();
  });

  it('is gone as soon as the server is, even before anybody was told', async () => {
    const { backend, server } = await running();
    expect(backend).toMatchObject({ isOurs: true, token: 'token 1' });
    server.ended = true;
    expect(backend.state.phase).toBe('ready');
    expect(backend).toMatchObject({ isOurs: false, token: undefined });
  });

  it('is gone with a server that died', async () => {
    const { backend, server } = await running();
    server.ends();
    expect(backend.token).toBeUndefined();
  });

  it('is not there for a server that has only written, only been slow, or only been waited for', async () => {
    const { backend, server } = setUpStarted();
    server.writesToStderr();
    backend.keepWaiting();
    await pass(LIMITS.slowMs);
    expect(backend.state).toMatchObject({ slow: true, patient: true });
    expect(backend.token).toBeUndefined();
  });

  it('of the next server is not there before that one has proved itself too', async () => {
    const all = await running();
    all.server.ends();
    void all.backend.start();
    expect(all.backend.token).toBeUndefined();
  });

  function setUpStarted() {
    const { backend, server } = starting();
    return { backend, server };
  }
});

describe('a server of the developer’s own', () => {
  const URL = 'http://127.0.0.1:5999';

  it('is attached to when it answers, gets no token, and has no process of ours', async () => {
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

  it('is let go at once, heard of once, and no timer is left behind', async () => {
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

  it('may be tried again after it did not answer, without the first try coming back', async () => {
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
