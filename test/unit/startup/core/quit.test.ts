import { describe, expect, it } from 'vitest';
import { type Exit, isQuitting, next, type Quit, type QuitEvent } from '../../../../desktop/startup/core/quit';
import { readStateTable } from '../../../drivers/state-table';

const quit: Exit = { by: 'quit' };
const again: Exit = { by: 'relaunch', why: 'it was started again', args: [] };
const otherPort = { why: 'the port was lost', args: ['--relaunched=1'] };
const newVersion = { why: 'update', program: '/opt/CachiBot.AppImage', args: [] };

const states: Record<string, Quit> = {
  running: { phase: 'running' },
  asking: { phase: 'asking' },
  smoke: { phase: 'smoke' },
  interrupted: { phase: 'interrupted' },
  installing: { phase: 'installing', exit: quit },
  'installing+relaunch': { phase: 'installing', exit: again },
  closing: { phase: 'closing', exit: quit },
  'closing+relaunch': { phase: 'closing', exit: again },
  'session-ending': { phase: 'session-ending', exit: quit },
  'session-ending+relaunch': { phase: 'session-ending', exit: again },
  'relaunching+relaunch': { phase: 'relaunching', exit: { by: 'relaunch', ...otherPort } },
  replaced: { phase: 'replaced', exit: { by: 'exit', code: 0 } },
  'replaced+relaunch': { phase: 'replaced', exit: { by: 'relaunch', ...newVersion } },
  reported: { phase: 'reported', exit: { by: 'exit', code: 1 } },
  done: { phase: 'done', exit: quit },
  'done+relaunch': { phase: 'done', exit: again },
};

const events = {
  ask: { type: 'ask' },
  'keep-working': { type: 'keep-working' },
  quit: { type: 'quit', pending: true },
  'quit, idle': { type: 'quit', pending: false },
  'session-end': { type: 'session-end' },
  installed: { type: 'installed' },
  stopped: { type: 'stopped', pending: false },
  'stopped, pending': { type: 'stopped', pending: true },
  'second-launch': { type: 'second-launch' },
  relaunch: { type: 'relaunch', relaunch: otherPort },
  replaced: { type: 'replaced' },
  'replaced, start': { type: 'replaced', relaunch: newVersion },
  reported: { type: 'reported', code: 1 },
} satisfies Record<string, QuitEvent>;

const table = readStateTable('Quit');

function nameOf(state: Quit): string {
  return isQuitting(state) && state.exit.by === 'relaunch' ? `${state.phase}+relaunch` : state.phase;
}

function apply(from: string, event: string): { before: Quit; after: Quit } {
  const before = Object.freeze(states[from]!);
  return { before, after: next(before, events[event as keyof typeof events]) };
}

describe('the state after each event in each state', () => {
  it('is defined for every pair', () => {
    expect(table.states).toEqual(Object.keys(states));
    expect(table.events).toEqual(Object.keys(events));
    expect(new Set(Object.values(events).map(({ type }) => type)).size).toBe(10);
  });

  it('has a row for each state, named after it', () => {
    expect(Object.values(states).map(nameOf)).toEqual(Object.keys(states));
  });

  it.each(table.cases)('$from, on $event: $to', ({ from, event, to }) => {
    const { before, after } = apply(from, event);
    if (to === '-') expect(after).toBe(before);
    else expect(nameOf(after)).toBe(to);
  });
});

describe('the exit of the process', () => {
  const through = (from: string, ...names: (keyof typeof events)[]) =>
    names.reduce((state: Quit, name) => next(state, events[name]), states[from]!);

  it('is Electron’s own after a quit, and after the end of the session', () => {
    expect(through('running', 'quit', 'installed', 'stopped')).toEqual({ phase: 'done', exit: quit });
    expect(through('running', 'session-end', 'stopped')).toEqual({ phase: 'done', exit: quit });
  });

  it('has the code of the report after a --smoke run, also when it was interrupted', () => {
    const done: Quit = { phase: 'done', exit: { by: 'exit', code: 1 } };
    expect(through('smoke', 'reported', 'stopped')).toEqual(done);
    expect(through('smoke', 'reported', 'stopped', 'second-launch')).toEqual(done);
    expect(through('smoke', 'quit', 'reported', 'second-launch', 'stopped')).toEqual(done);
  });

  it('is a relaunch with another argument when the port was lost', () => {
    expect(through('running', 'relaunch', 'stopped')).toEqual({
      phase: 'done',
      exit: { by: 'relaunch', ...otherPort },
    });
  });

  it('is a relaunch with the same arguments when the user launched the app again', () => {
    const exit = { by: 'relaunch', why: 'CachiBot was started again while it was closing', args: [] };
    expect(through('closing', 'second-launch', 'stopped')).toEqual({ phase: 'done', exit });
  });

  it('is a start of the new version, unless its installer starts it or the user has quit', () => {
    expect(through('running', 'replaced, start', 'stopped')).toEqual({
      phase: 'done',
      exit: { by: 'relaunch', ...newVersion },
    });
    expect(through('installing', 'replaced', 'stopped')).toEqual({ phase: 'done', exit: { by: 'exit', code: 0 } });
    expect(through('installing+relaunch', 'replaced', 'stopped')).toEqual({ phase: 'done', exit: again });
  });
});

describe('invariants', () => {
  const results = table.cases.map(({ from, event }) => ({ from, event, ...apply(from, event) }));

  it('quitting cannot be cancelled', () => {
    for (const { before, after } of results) if (isQuitting(before)) expect(isQuitting(after)).toBe(true);
  });

  it('a planned relaunch is never cancelled', () => {
    for (const { before, after } of results)
      if (nameOf(before).endsWith('+relaunch')) expect(nameOf(after)).toMatch(/\+relaunch$/);
  });

  it('only another launch has an effect when quitting is done', () => {
    for (const { from, before, after, event } of results)
      if (from.startsWith('done') && event !== 'second-launch') expect(after).toBe(before);
  });

  it('only a quit with nothing pending, or a stopped server, completes quitting', () => {
    for (const { before, after, event } of results) {
      if (after.phase === 'done' && before.phase !== 'done') expect(event).toMatch(/^(quit, idle|stopped.*)$/);
    }
  });
});
