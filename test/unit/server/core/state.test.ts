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
const starting = { phase: 'starting', proved: false, modules: 0, slow: false, stalled: false, patient: false } as const;

const states: Record<string, BackendState> = {
  stopped: { phase: 'stopped' },
  starting,
  proved: { ...starting, proved: true, modules: 40 },
  slow: { ...starting, slow: true },
  stalled: { ...starting, stalled: true },
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
  stalled: { type: 'stalled' },
  'sign-of-life': { type: 'sign-of-life' },
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
      return (
        (['proved', 'slow', 'stalled', 'patient', 'again'] as const).filter(flag => state[flag]).join('+') || 'starting'
      );
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

describe('the state after each event in each state', () => {
  it('is defined for every pair', () => {
    expect(table.states).toEqual(Object.keys(states));
    expect(table.events).toEqual(Object.keys(events));
  });

  it.each(table.cases)('$from, on $event: $to', ({ from, event, to }) => {
    const { before, after } = apply(from, event);
    if (to === '-') expect(after).toBe(before);
    else expect(nameOf(after)).toBe(to);
  });
});

describe('the states of a server', () => {
  it('start from the same state, whatever the previous start had reached', () => {
    expect(next(states['exited']!, events.start)).toEqual(starting);
    expect(next(states['stopped']!, events.start)).toEqual(starting);
  });

  it('contain the version that the server reported', () => {
    expect(next(states['proved']!, events.ready)).toStrictEqual({ phase: 'ready', version: '0.3.0' });
  });

  it('contain the path of a stray log, also while the server is silent', () => {
    const ready = next(states['proved']!, { type: 'ready', version: '0.3.0', strayLog: '/d/log' });
    expect(ready).toEqual({ phase: 'ready', version: '0.3.0', strayLog: '/d/log' });
    expect(next(next(ready, { type: 'silent', silence }), events.answers)).toEqual(ready);
  });

  it('contain how long a server that is restarted was silent', () => {
    const because = (state: BackendState) => next(state, { type: 'restart' });
    const again = (found: object) => ({ phase: 'stopping', again: { because: found, attempt: 1 } });
    const ready: BackendState = { phase: 'ready', version: '0.3.0' };
    expect(because({ ...ready, silence })).toEqual(again({ kind: 'unresponsive', ...silence }));
    expect(because(ready)).toEqual(again({ kind: 'unresponsive', silentMs: 0, stopped: false }));
  });

  it('change only when the number of modules grows', () => {
    const state = states['proved']!;
    expect(next(state, { type: 'proved', modules: 39 })).toBe(state);
    expect(next(state, { type: 'proved', modules: 41 })).toEqual({ ...state, modules: 41 });
  });

  it('keep their facts when the start becomes slow', () => {
    expect(next(states['proved']!, events.slow)).toEqual({ ...states['proved'], slow: true });
  });

  it('contain the reason for giving up until the server has exited, whatever its exit code', () => {
    expect(next(states['giving up']!, events.gone)).toEqual({ phase: 'failed', failure: tooSlow });
  });

  it('treat a requested exit as success, and any other exit as a failure', () => {
    const clean: BackendEvent = { type: 'gone', failure: { ...crash, code: 0 } };
    expect(next(states['stopping']!, clean)).toEqual({ phase: 'stopped' });
    expect(next(states['ready']!, clean)).toMatchObject({ phase: 'failed', failure: { code: 0 } });
    expect(next(states['starting']!, clean)).toMatchObject({ phase: 'failed', failure: { code: 0 } });
  });
});

describe('a server that exits after it was ready', () => {
  it('is restarted after a pause, with the reason in each state', () => {
    const pause = next(states['ready']!, events.retry);
    expect(pause).toEqual({ phase: 'restarting', because: died, ...retry });
    expect(next(pause, events.start)).toEqual(states['again']);
  });

  it('is not restarted beyond the limit', () => {
    expect(next(states['ready']!, { type: 'gone', failure: died })).toEqual({ phase: 'failed', failure: died });
    expect(next(states['again']!, { type: 'gone', failure: crash })).toEqual({ phase: 'failed', failure: crash });
  });

  it.each<[string, Failure]>([
    ['the entry reports a known failure', { ...crash, code: 51 }],
    ['its file cannot be run', { kind: 'not-started', file: '/opt/server', reason: 'ENOENT' }],
  ])('is not restarted when %s: the user has to resolve that first', (_why, failure) => {
    expect(next(states['again']!, { type: 'gone', failure, retry })).toEqual({ phase: 'failed', failure });
  });

  it('is restarted after another program has taken its port', () => {
    const failure: Failure = { kind: 'port-lost', port: 5870 };
    expect(next(states['again']!, { type: 'gone', failure, retry }).phase).toBe('restarting');
  });

  it('is not restarted when the user quits during the pause, or while it stops for a restart', () => {
    expect(next(states['restarting']!, events.stop)).toEqual({ phase: 'stopped' });
    const leaving = next(states['closing to start again']!, events.stop);
    expect(next(leaving, events.retry)).toEqual({ phase: 'stopped' });
  });

  it('is restarting in exactly these states', () => {
    const back = Object.keys(states).filter(name => isRestarting(states[name]!));
    expect(back).toEqual(['again', 'restarting', 'closing to start again']);
  });
});

describe('invariants', () => {
  const results = table.cases.map(({ from, event }) => ({ from, event, ...apply(from, event) }));

  it('only starting leads to ready and attached', () => {
    for (const { before, after } of results) {
      if (after.phase !== before.phase && (after.phase === 'ready' || after.phase === 'attached'))
        expect(before.phase).toBe('starting');
    }
  });

  it('when stopped, only a start changes the state', () => {
    for (const { before, after, event } of results) {
      if (isStopped(before) && event !== 'start') expect(after).toBe(before);
    }
  });

  it('a stop and the exit of the process lead from every state to a stopped server', () => {
    for (const state of Object.values(states))
      expect(isStopped(next(next(state, events.stop), events.gone))).toBe(true);
  });

  it('a server that cannot be killed is always reported', () => {
    for (const state of Object.values(states)) {
      if (!isStopped(state) && state.phase !== 'restarting')
        expect(next(state, events.stuck)).toEqual({ phase: 'failed', failure: stuck });
    }
  });

  it('the choice to wait does not cover damaged files', () => {
    const damaged: Failure = { kind: 'damaged', folder: '/opt/backend', flawed: 1, flaws: [], lines: [] };
    const left = next(states['patient']!, { type: 'gave-up', failure: damaged });
    expect(left).toEqual({ phase: 'stopping', because: damaged });
    expect(next(left, events.gone)).toEqual({ phase: 'failed', failure: damaged });
  });

  it('the choice to wait ends with the start', () => {
    const failed = next(states['patient']!, events.gone);
    expect(next(failed, events.start)).toEqual(starting);
  });
});

it('trusts a server only while it is ready, or starting with a proof', () => {
  const trusted = Object.keys(states).filter(name => isProved(states[name]!));
  expect(trusted).toEqual(['proved', 'ready', 'silent']);
});

it('is shutting down only in stopping without a reason', () => {
  const leaving = Object.keys(states).filter(name => isShuttingDown(states[name]!));
  expect(leaving).toEqual(['stopping']);
});

it('is safe to quit only when stopped or failed', () => {
  const safe = Object.keys(states).filter(name => isStopped(states[name]!));
  expect(safe).toEqual(['stopped', 'exited', 'stuck']);
});
