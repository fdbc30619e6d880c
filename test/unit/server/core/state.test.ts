import { describe, expect, it } from 'vitest';
import {
  type BackendEvent,
  type BackendState,
  type Failure,
  isProved,
  isRestarting,
  isShuttingDown,
  isStopped,
  next,
} from '../../../../desktop/server/core/state';
import { readStateTable } from '../../../drivers/state-table';

const crash: Failure = { kind: 'exited', ready: false, code: 1, signal: null, lines: [] };
const died: Failure = { ...crash, ready: true };
const tooSlow: Failure = { kind: 'too-slow', silentMs: 30_000, stopped: false, lines: ['still importing'] };
const hung: Failure = { kind: 'unresponsive', silentMs: 20_000, stopped: false };
const silence = { silentMs: 20_000, stopped: false };
const again = { because: died, attempt: 2 };
const retry = { attempt: 2, waitMs: 500 };
const stuck: Failure = { kind: 'stuck', pid: 42 };
const starting = { phase: 'starting', proved: false, modules: 0, slow: false, patient: false } as const;

const states: Record<string, BackendState> = {
  stopped: { phase: 'stopped' },
  starting,
  proved: { ...starting, proved: true, modules: 40 },
  slow: { ...starting, slow: true },
  patient: { ...starting, patient: true },
  again: { ...starting, again },
  ready: { phase: 'ready', version: '0.3.0' },
  silent: { phase: 'ready', version: '0.3.0', silence },
  restarting: { phase: 'restarting', waitMs: 500, ...again },
  'closing to start again': { phase: 'stopping', again: { because: hung, attempt: 1 } },
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
  silent: { type: 'silent', silence },
  answers: { type: 'answers' },
  restart: { type: 'restart' },
  stop: { type: 'stop' },
  gone: { type: 'gone', failure: crash },
  retry: { type: 'gone', failure: died, retry },
  stuck: { type: 'gone', failure: stuck },
} satisfies Record<BackendEvent['type'] | 'retry' | 'stuck', BackendEvent>;

const table = readStateTable('States');

function nameOf(state: BackendState): string {
  switch (state.phase) {
    case 'starting':
      return (['proved', 'slow', 'patient', 'again'] as const).filter(flag => state[flag]).join('+') || 'starting';
    case 'stopping':
      if (state.again) return 'closing to start again';
      return state.because ? 'giving up' : 'stopping';
    case 'ready':
      return state.silence ? 'silent' : 'ready';
    case 'failed':
      return state.failure.kind;
    case 'stopped':
    case 'restarting':
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
    expect(table.states).toEqual(Object.keys(states));
    expect(table.events).toEqual(Object.keys(events));
  });

  it.each(table.cases)('$from, on $event: $to', ({ from, event, to }) => {
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
    expect(next(states['proved']!, events.ready)).toStrictEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('remembers where the server moved a stray log, while it is silent too', () => {
    const ready = next(states['proved']!, { type: 'ready', version: '0.3.0', strayLog: '/d/log' });
    expect(ready).toEqual({ phase: 'ready', version: '0.3.0', strayLog: '/d/log' });
    expect(next(next(ready, { type: 'silent', silence }), events.answers)).toEqual(ready);
  });

  it('remembers how long a server was silent that is restarted, if it was', () => {
    const because = (state: BackendState) => next(state, { type: 'restart' });
    const again = (found: object) => ({ phase: 'stopping', again: { because: found, attempt: 1 } });
    const ready: BackendState = { phase: 'ready', version: '0.3.0' };
    expect(because({ ...ready, silence })).toEqual(again({ kind: 'unresponsive', ...silence }));
    expect(because(ready)).toEqual(again({ kind: 'unresponsive', silentMs: 0, stopped: false }));
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

describe('a server that dies after it was ready', () => {
  it('is begun again after a pause, and the reason is known all the while', () => {
    const pause = next(states['ready']!, events.retry);
    expect(pause).toEqual({ phase: 'restarting', because: died, ...retry });
    expect(next(pause, events.start)).toEqual(states['again']);
  });

  it('is not begun again beyond the limit', () => {
    expect(next(states['ready']!, { type: 'gone', failure: died })).toEqual({ phase: 'failed', failure: died });
    expect(next(states['again']!, { type: 'gone', failure: crash })).toEqual({ phase: 'failed', failure: crash });
  });

  it.each<[string, Failure]>([
    ['the entry knows what is wrong', { ...crash, code: 51 }],
    ['its file cannot be run', { kind: 'not-started', file: '/opt/server', reason: 'ENOENT' }],
  ])('is not begun again when %s: a person has to mend that first', (_why, failure) => {
    expect(next(states['again']!, { type: 'gone', failure, retry })).toEqual({ phase: 'failed', failure });
  });

  it('tries again for a port that another program has taken meanwhile', () => {
    const failure: Failure = { kind: 'port-lost', port: 5870 };
    expect(next(states['again']!, { type: 'gone', failure, retry }).phase).toBe('restarting');
  });

  it('is left dead when the person quits in the pause, or while it is being closed to be begun again', () => {
    expect(next(states['restarting']!, events.stop)).toEqual({ phase: 'stopped' });
    const leaving = next(states['closing to start again']!, events.stop);
    expect(next(leaving, events.retry)).toEqual({ phase: 'stopped' });
  });

  it('is on its way back in just these states', () => {
    const back = Object.keys(states).filter(name => isRestarting(states[name]!));
    expect(back).toEqual(['again', 'restarting', 'closing to start again']);
  });
});

describe('what always holds', () => {
  const results = table.cases.map(({ from, event }) => ({ from, event, ...apply(from, event) }));

  it('ready and attached are reached from starting alone', () => {
    for (const { before, after } of results) {
      if (after.phase !== before.phase && (after.phase === 'ready' || after.phase === 'attached'))
        expect(before.phase).toBe('starting');
    }
  });

  it('at rest, nothing but a start changes anything', () => {
    for (const { before, after, event } of results) {
      if (isStopped(before) && event !== 'start') expect(after).toBe(before);
    }
  });

  it('a stop and the end of the process lead to rest from everywhere', () => {
    for (const state of Object.values(states))
      expect(isStopped(next(next(state, events.stop), events.gone))).toBe(true);
  });

  it('a server that will not die is never forgotten', () => {
    for (const state of Object.values(states)) {
      if (!isStopped(state) && state.phase !== 'restarting')
        expect(next(state, events.stuck)).toEqual({ phase: 'failed', failure: stuck });
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
  expect(trusted).toEqual(['proved', 'ready', 'silent']);
});

it('is leaving only when nobody needs the server any more', () => {
  const leaving = Object.keys(states).filter(name => isShuttingDown(states[name]!));
  expect(leaving).toEqual(['stopping']);
});

it('is safe to quit only when stopped or failed', () => {
  const safe = Object.keys(states).filter(name => isStopped(states[name]!));
  expect(safe).toEqual(['stopped', 'exited', 'stuck']);
});
