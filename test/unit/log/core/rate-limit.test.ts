import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../../desktop/log/core/rate-limit';

const admitAll = (limit: RateLimit, line: (n: number) => string, count: number, nowMs: number) =>
  Array.from({ length: count }, (_, n) => limit.admit(line(n), nowMs)).flat();

describe('the limit on lines of one kind', () => {
  const refused = (n: number) => `request refused: GET http://example.com/${n}`;

  it('passes all lines of an ordinary run', () => {
    expect(admitAll(new RateLimit(), n => `server: ${n}`, 150, 5)).toHaveLength(150);
  });

  it('leaves out lines above the limit, and reports their number later', () => {
    const limit = new RateLimit();
    expect(admitAll(limit, refused, 1_000, 5).length).toBeLessThan(300);
    const [note, line] = limit.admit('all is well', 20_000);
    expect(note).toMatch(/^\d+ more lines that start with “request refused” left out$/);
    expect(line).toBe('all is well');
    expect(limit.admit(refused(0), 20_001)).toEqual([refused(0)]);
  });

  it('is 200 in 10 s, counted from the first line of the period', () => {
    const limit = new RateLimit();
    const note = (count: number) => `${count} more lines that start with “request refused” left out`;
    expect(admitAll(limit, refused, 200, 5)).toHaveLength(200);
    expect(admitAll(limit, refused, 1, 9_999)).toEqual([]);
    expect(limit.admit('server: 1', 9_999)).toEqual(['server: 1']);
    expect(limit.admit(refused(0), 10_000)).toEqual([note(1), refused(0)]);
    expect(admitAll(limit, refused, 201, 10_000)).toHaveLength(199);
    expect(limit.admit('server: 2', 19_999)).toEqual(['server: 2']);
    expect(limit.admit('server: 3', 20_000)).toEqual([note(2), 'server: 3']);
  });

  it('reports nothing for a kind that is exactly at the limit', () => {
    const limit = new RateLimit();
    admitAll(limit, refused, 200, 5);
    expect(limit.leftOut()).toEqual([]);
  });

  it('identifies a kind without a colon by its first 40 characters', () => {
    const limit = new RateLimit();
    admitAll(limit, n => `${'x'.repeat(60)}${n}`, 201, 5);
    expect(limit.leftOut()).toEqual([`1 more lines that start with “${'x'.repeat(40)}” left out`]);
  });

  it('passes lines of other kinds at the same time', () => {
    const limit = new RateLimit();
    admitAll(limit, refused, 1_000, 5);
    expect(limit.admit('server: {"phase":"failed"}', 6)).toEqual(['server: {"phase":"failed"}']);
  });

  it('reports at the end the lines left out since the last report', () => {
    const limit = new RateLimit();
    admitAll(limit, refused, 1_000, 5);
    expect(limit.leftOut()).toEqual([expect.stringContaining('request refused')]);
    expect(limit.leftOut()).toEqual([]);
  });
});
