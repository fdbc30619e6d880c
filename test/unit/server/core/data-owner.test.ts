import { describe, expect, it } from 'vitest';
import { isDataOwner, readDataOwner } from '../../../../desktop/server/core/data-owner';
import type { Process } from '../../../../desktop/server/core/process-info';

const FACTS = '{"holder": {"kind": "stock", "pid": 4242, "since": 1764000000}}';
const owner = { kind: 'stock', pid: 4242, beganMs: 1_764_000_000_000 } as const;

describe('the entry’s line about the data owner', () => {
  it('is read, and hidden from the user', () => {
    const lines = ['a warning', FACTS, 'The data folder is in use: stop that server.'];
    expect(readDataOwner(lines)).toEqual({ owner, rest: [lines[0], lines[2]] });
  });

  it('may name another app', () => {
    expect(readDataOwner([FACTS.replace('stock', 'app')]).owner).toEqual({ ...owner, kind: 'app' });
  });

  it.each([
    ['the owner is not certain', '{"holder": {"kind": "stock", "pid": null, "since": null}}'],
    ['the kind is unknown', FACTS.replace('stock', 'other')],
    ['the line is truncated', FACTS.slice(0, 30)],
  ])('names no owner when %s', (_why, line) => {
    expect(readDataOwner([line, 'words'])).toEqual({ owner: undefined, rest: ['words'] });
  });

  it('may be missing', () => expect(readDataOwner(['words'])).toEqual({ owner: undefined, rest: ['words'] }));
});

describe('a process is the data owner', () => {
  const found: Process = {
    pid: 4242,
    startTime: '1@boot',
    executable: '/usr/bin/python3',
    args: ['python3', '/usr/bin/cachibot', 'server'],
    beganMs: owner.beganMs + 900,
    mine: true,
    suspended: false,
  };
  it('when PID, start time, user and command match', () => expect(isDataOwner(owner, found)).toBe(true));
  it('when the two start times differ by up to three seconds', () => {
    expect(isDataOwner(owner, { ...found, beganMs: owner.beganMs + 3_000 })).toBe(true);
    expect(isDataOwner(owner, { ...found, beganMs: owner.beganMs - 3_001 })).toBe(false);
  });
  it.each<[string, Partial<Process>]>([
    ['the PID', { pid: 4243 }],
    ['the start time', { beganMs: owner.beganMs + 10_000 }],
    ['the user', { mine: false }],
    ['the command', { args: ['python3', 'other.py', 'server'] }],
    ['the kind', { args: ['/opt/backend/cachibot-server'] }],
  ])('not when %s differs', (_what, change) => expect(isDataOwner(owner, { ...found, ...change })).toBe(false));
});
