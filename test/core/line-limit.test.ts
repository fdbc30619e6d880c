import { describe, expect, it } from 'vitest';
import { LineLimit } from '../../desktop/core/line-limit';

const admitAll = (limit: LineLimit, line: (n: number) => string, count: number, nowMs: number) =>
  Array.from({ length: count }, (_, n) => limit.admit(line(n), nowMs)).flat();

describe('the limit on lines of one kind', () => {
  const refused = (n: number) => `request refused: GET http://example.com/${n}`;

  it('lets an ordinary run through as it is', () => {
    expect(admitAll(new LineLimit(), n => `server: ${n}`, 150, 5)).toHaveLength(150);
  });

  it('leaves out what comes too often, and says so later', () => {
    const limit = new LineLimit();
    expect(admitAll(limit, refused, 1_000, 5).length).toBeLessThan(300);
    const [note, line] = limit.admit('all is well', 20_000);
    expect(note).toMatch(/^\d+ more lines that begin with “request refused” left out$/);
    expect(line).toBe('all is well');
    expect(limit.admit(refused(0), 20_001)).toEqual([refused(0)]);
  });

  it('keeps the lines of other kinds meanwhile', () => {
    const limit = new LineLimit();
    admitAll(limit, refused, 1_000, 5);
    expect(limit.admit('server: {"phase":"failed"}', 6)).toEqual(['server: {"phase":"failed"}']);
  });

  it('says at the end what it has left out since', () => {
    const limit = new LineLimit();
    admitAll(limit, refused, 1_000, 5);
    expect(limit.leftOut()).toEqual([expect.stringContaining('request refused')]);
    expect(limit.leftOut()).toEqual([]);
  });
});
