import { expect, it } from 'vitest';
import { Timeline } from '../../../../desktop/diagnostics/core/timeline';

it('lists events with their times, in seconds', () => {
  const timeline = new Timeline();
  timeline.add(12.4, '{"phase":"starting"}');
  timeline.add(3_661_000, '{"phase":"ready"}');
  expect(timeline.lines()).toEqual(['     0.012 s  {"phase":"starting"}', '  3661.000 s  {"phase":"ready"}']);
});

it('keeps the first 20 and the last 280', () => {
  const timeline = new Timeline();
  const note = (count: number) => Array.from({ length: count }, () => timeline.add(0, 'x'));
  note(300);
  expect(timeline.lines()).toHaveLength(300);
  note(1);
  expect(timeline.lines()).toHaveLength(301);
  expect(timeline.lines()[20]).toBe('[1 more]');
});

it('keeps the first and the last events, and counts those between', () => {
  const timeline = new Timeline();
  for (let n = 0; n < 100_000; n++) timeline.add(n, `change ${n}.`);
  const lines = timeline.lines();
  expect(lines.length).toBeLessThan(400);
  expect(lines[0]).toContain('change 0.');
  expect(lines.at(-1)).toContain('change 99999.');
  expect(lines.filter(line => /^\[\d+ more\]$/.test(line))).toEqual([`[${100_000 - lines.length + 1} more]`]);
});
