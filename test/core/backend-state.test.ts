import { describe, expect, it } from 'vitest';
import {
  type BackendEvent,
  type BackendState,
  type Failure,
  isAtRest,
  isProved,
  next,
} from '../../desktop/core/backend-state';

const crash: Failure = { kind: 'exited', ready: false, code: 1, signal: null, lines: [] };
const tooSlow: Failure = { kind: 'too-slow', silentMs: 30_000, lines: ['still importing'] };
const stuck: Failure = { kind: 'stuck', pid: 42 };
const starting = { phase: 'starting', proved: false, modules: 0, slow: false, patient: false } as const;

const states: Record<string, BackendState> = {
  stopped: { phase: 'stopped' },
  starting,
  proved: { ...starting, proved: true, modules: 40 },
  slow: { ...starting, slow: true },
  patient: { ...starting, patient: true },
  ready: { phase: 'ready', version: '0.3.0' },
  attached: { phase: 'attached', version: '0.3.0' },
  stopping: { phase: 'stopping' },
  'giving up': { phase: 'stopping', because: tooSlow },
  exited: { phase: 'failed', failure: crash },
  stuck: { phase: 'failed', failure: stuck },
};

const events = {
  start: { type: 'start' },
  proved: { type: 'proved', modules: 40 },
  slow: { type: 'slow' },
  'keep-waiting': { type: 'keep-waiting' },
  ready: { type: 'ready', version: '0.3.0' },
  attached: { type: 'attached', version: '0.3.0' },
  'gave-up': { type: 'gave-up', failure: tooSlow },
  stop: { type: 'stop' },
  gone: { type: 'gone', failure: crash },
  stuck: { type: 'gone', failure: stuck },
} satisfies Record<BackendEvent['type'] | 'stuck', BackendEvent>;

// One row a state, one column an event. A dash: the event changes nothing.
const TABLE = `
            | start    | proved         | slow         | keep-waiting   | ready | attached | gave-up   | stop     | gone     | stuck
  stopped   | starting | -              | -            | -              | -     | -        | -         | -        | -        | -
  starting  | -        | proved         | slow         | patient        | ready | attached | giving up | stopping | exited   | stuck
  proved    | -        | -              | proved+slow  | proved+patient | ready | attached | giving up | stopping | exited   | stuck
  slow      | -        | proved+slow    | -            | slow+patient   | ready | attached | giving up | stopping | exited   | stuck
  patient   | -        | proved+patient | slow+patient | -              | ready | attached | -         | stopping | exited   | stuck
  ready     | -        | -              | -            | -              | -     | -        | -         | stopping | exited   | stuck
  attached  | -        | -              | -            | -              | -     | -        | -         | stopping | exited   | stuck
  stopping  | -        | -              | -            | -              | -     | -        | -         | -        | stopped  | stuck
  giving up | -        | -              | -            | -              | -     | -        | -         | -        | too-slow | stuck
  exited    | starting | -              | -            | -              | -     | -        | -         | -        | -        | -
  stuck     | starting | -              | -            | -              | -     | -        | -         | -        | -        | -
`;

const [header = [], ...rows] = TABLE.split('\n')
  .filter(line => line.includes('|'))
  .map(line => line.split('|').map(cell => cell.trim()));
const cases = rows.flatMap(([from = '', ...cells]) =>
  cells.map((to, at) => ({ from, event: header[at + 1] ?? '', to })),
);

function nameOf(state: BackendState): string {
  switch (state.phase) {
    case 'starting':
      return (['proved', 'slow', 'patient'] as const).filter(flag => state[flag]).join('+') || 'starting';
    case 'stopping':
      return state.because ? 'giving up' : 'stopping';
    case 'failed':
      return state.failure.kind;
    case 'stopped':
    case 'ready':
    case 'attached':
      return state.phase;
  }
}

function apply(from: string, event: string): { before: BackendState; after: BackendState } {
  const before = Object.freeze(states[from]!);
  return { before, after: next(before, events[event as keyof typeof events]) };
}

describe('what each event means in each state', () => {
  it('is written down for every pair', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(states));
    expect(header.slice(1)).toEqual(Object.keys(events));
  });

  it.each(cases)('$from, on $event: $to', ({ from, event, to }) => {
    const { before, after } = apply(from, event);
    if (to === '-') expect(after).toBe(before);
    else expect(nameOf(after)).toBe(to);
  });
});

describe('the life of a server', () => {
  it('begins every start from nothing, whatever the one before had reached', () => {
    expect(next(states['exited']!, events.start)).toEqual(starting);
    expect(next(states['stopped']!, events.start)).toEqual(starting);
  });

  it('gives the page the version the server told', () => {
    expect(next(states['proved']!, events.ready)).toEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('counts modules upwards only, and does not speak of the same number twice', () => {
    const state = states['proved']!;
    expect(next(state, { type: 'proved', modules: 39 })).toBe(state);
    expect(next(state, { type: 'proved', modules: 41 })).toEqual({ ...state, modules: 41 });
  });

  it('keeps what was already known when it turns slow', () => {
    expect(next(states['proved']!, events.slow)).toEqual({ ...states['proved'], slow: true });
  });

  it('remembers why it gave up until the server is gone, whatever that exit looked like', () => {
    expect(next(states['giving up']!, events.gone)).toEqual({ phase: 'failed', failure: tooSlow });
  });

  it('calls an exit that was asked for no failure, and an exit by itself always one', () => {
    const clean: BackendEvent = { type: 'gone', failure: { ...crash, code: 0 } };
    expect(next(states['stopping']!, clean)).toEqual({ phase: 'stopped' });
    expect(next(states['ready']!, clean)).toMatchObject({ phase: 'failed', failure: { code: 0 } });
    expect(next(states['starting']!, clean)).toMatchObject({ phase: 'failed', failure: { code: 0 } });
  });
});

describe('what always holds', () => {
  const results = cases.map(({ from, event }) => ({ from, event, ...apply(from, event) }));

  it('ready and attached are reached from starting alone', () => {
    for (const { before, after } of results) {
      if (after !== before && (after.phase === 'ready' || after.phase === 'attached'))
        expect(before.phase).toBe('starting');
    }
  });

  it('at rest, nothing but a start changes anything', () => {
    for (const { before, after, event } of results) {
      if (isAtRest(before) && event !== 'start') expect(after).toBe(before);
    }
  });

  it('a stop and the end of the process lead to rest from everywhere', () => {
    for (const state of Object.values(states)) expect(isAtRest(next(next(state, events.stop), events.gone))).toBe(true);
  });

  it('a server that will not die is never forgotten', () => {
    for (const state of Object.values(states)) {
      if (!isAtRest(state)) expect(next(state, events.stuck)).toEqual({ phase: 'failed', failure: stuck });
    }
  });

  it('no patience covers damaged files', () => {
    const damaged: Failure = { kind: 'damaged', folder: '/opt/backend', flawed: 1, flaws: [], lines: [] };
    const left = next(states['patient']!, { type: 'gave-up', failure: damaged });
    expect(left).toEqual({ phase: 'stopping', because: damaged });
    expect(next(left, events.gone)).toEqual({ phase: 'failed', failure: damaged });
  });

  it('no patience outlives the start it was given for', () => {
    const failed = next(states['patient']!, events.gone);
    expect(next(failed, events.start)).toEqual(starting);
  });
});

it('trusts a server only while it is ready, or starting with a proof', () => {
  const trusted = Object.keys(states).filter(name => isProved(states[name]!));
  expect(trusted).toEqual(['proved', 'ready']);
});

it('is safe to quit only when stopped or failed', () => {
  const safe = Object.keys(states).filter(name => isAtRest(states[name]!));
  expect(safe).toEqual(['stopped', 'exited', 'stuck']);
});
