import { describe, expect, it } from 'vitest';
import { isDataOwner, readDataOwner } from '../../../../desktop/server/core/data-owner';
import type { Process } from '../../../../desktop/server/core/process-info';

const FACTS = '{"holder": {"kind": "stock", "pid": 4242, "since": 1764000000}}';
const holder = { kind: 'stock', pid: 4242, beganMs: 1_764_000_000_000 } as const;

describe('what the entry says of who has the data', () => {
  it('is read, and kept from a person', () => {
    const lines = ['a warning', FACTS, 'The data folder is in use: stop that server.'];
    expect(readDataOwner(lines)).toEqual({ owner: holder, rest: [lines[0], lines[2]] });
  });

  it('may name another app', () => {
    expect(readDataOwner([FACTS.replace('stock', 'app')]).owner).toEqual({ ...holder, kind: 'app' });
  });

  it.each([
    ['who has it cannot be made sure of', '{"holder": {"kind": "stock", "pid": null, "since": null}}'],
    ['it is a kind that nobody knows', FACTS.replace('stock', 'other')],
    ['it was cut off', FACTS.slice(0, 30)],
  ])('names nobody when %s', (_why, line) => {
    expect(readDataOwner([line, 'words'])).toEqual({ owner: undefined, rest: ['words'] });
  });

  it('may not be there', () => expect(readDataOwner(['words'])).toEqual({ owner: undefined, rest: ['words'] }));
});

describe('a process is the one that was named', () => {
  const found: Process = {
    pid: 4242,
    startTime: '1@boot',
    executable: '/usr/bin/python3',
    args: ['python3', '/usr/bin/cachibot', 'server'],
    beganMs: holder.beganMs + 900,
    mine: true,
    suspended: false,
  };
  it('when number, start, owner and command are', () => expect(isDataOwner(holder, found)).toBe(true));
  it('when two clocks read its start up to three seconds apart', () => {
    expect(isDataOwner(holder, { ...found, beganMs: holder.beganMs + 3_000 })).toBe(true);
    expect(isDataOwner(holder, { ...found, beganMs: holder.beganMs - 3_001 })).toBe(false);
  });
  it.each<[string, Partial<Process>]>([
    ['its number', { pid: 4243 }],
    ['its start', { beganMs: holder.beganMs + 10_000 }],
    ['its owner', { mine: false }],
    ['what it runs', { args: ['python3', 'other.py', 'server'] }],
    ['its kind', { args: ['/opt/backend/cachibot-server'] }],
  ])('not when %s is another', (_what, change) => expect(isDataOwner(holder, { ...found, ...change })).toBe(false));
});
