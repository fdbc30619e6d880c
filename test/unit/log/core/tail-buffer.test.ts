import { beforeEach, describe, expect, it } from 'vitest';
import { redact } from '../../../../desktop/log/core/redact';
import { TailBuffer } from '../../../../desktop/log/core/tail-buffer';

let lines: TailBuffer;
beforeEach(() => {
  lines = new TailBuffer();
});

function push(...pieces: string[]): TailBuffer {
  for (const piece of pieces) lines.push(piece);
  return lines;
}

describe('the last lines', () => {
  it('are empty before the first text', () => expect(lines.last(10)).toEqual([]));

  it('are the last ones, oldest first', () => {
    expect(push('one\ntwo\nthree\nfour\n').last(2)).toEqual(['three', 'four']);
  });

  it('are all lines when there are few', () => expect(push('one\ntwo\n').last(10)).toEqual(['one', 'two']));

  it('include an unfinished line', () => {
    expect(push('one\nKilled in mid-sen').last(10)).toEqual(['one', 'Killed in mid-sen']);
  });

  it.each(['one\n\n  \n\t\ntwo\n\n', 'one\n\ntwo', `one\ntwo${'\n'.repeat(1_000)}`])('leave out blank ones', text => {
    expect(push(text).last(2)).toEqual(['one', 'two']);
  });

  it('keep their leading spaces, which show the structure of a traceback', () => {
    expect(push('  File "x.py", line 1\n').last(1)).toEqual(['  File "x.py", line 1']);
  });

  it.each([
    [['on', 'e\ntw', 'o\n']],
    [['one', '\n', 'two', '\n']],
    [['one\n', 'two\n']],
    [[...'one\ntwo\n']],
    [['', 'one\ntwo', '', '\n']],
  ])('do not depend on how the text is split: %j', pieces => {
    expect(push(...pieces).last(10)).toEqual(['one', 'two']);
  });

  it.each([[['one\r\ntwo\r\n']], [['one\r', '\ntwo\r', '\n']], [['one\r\ntwo\r']]])(
    'end without the carriage return of Windows: %j',
    pieces => expect(push(...pieces).last(10)).toEqual(['one', 'two']),
  );
});

describe('an endless text', () => {
  it('keeps the start of a line of ten megabytes, and the next line', () => {
    const [long, after] = push(`ValueError: ${'x'.repeat(10_000_000)}\nafter\n`).last(2);
    expect(long).toMatch(/^ValueError: x+…$/);
    expect(long?.length).toBeLessThan(10_000);
    expect(after).toBe('after');
  });

  it('keeps no part of a secret, which would not be redacted', () => {
    const secret = '0123456789abcdef'.repeat(4);
    for (let kept = 0; kept < 70; kept += 5) push(`${'.'.repeat(2_000 - kept - 1)} ${secret}\n`);
    expect(
      lines
        .last(100)
        .map(redact)
        .filter(line => /[0-9a-f]{4}/.test(line)),
    ).toEqual([]);
  });

  it('keeps the cause when two hundred blank lines follow', () => {
    expect(push('MemoryError\n', '\n'.repeat(1_000)).last(1)).toEqual(['MemoryError']);
    expect(push(' \n'.repeat(1_000)).last(1)).toEqual(['MemoryError']);
  });

  it('keeps exactly two hundred lines, in one piece or in many', () => {
    const all = Array.from({ length: 300 }, (_, n) => `line ${n}`);
    expect(push(`${all.join('\n')}\n`).last(1_000)).toEqual(all.slice(-200));
    lines = new TailBuffer();
    expect(push(...all.map(line => `${line}\n`)).last(1_000)).toEqual(all.slice(-200));
  });

  it('truncates a line that arrives in a million pieces', () => {
    for (let piece = 0; piece < 1_000_000; piece++) lines.push('0123456789');
    expect(lines.last(1)[0]?.length).toBeLessThan(10_000);
  });

  it('keeps a limited number of lines', () => {
    for (let line = 1; line <= 100_000; line++) lines.push(`line ${line}\n`);
    const kept = lines.last(1_000_000);
    expect(kept.length).toBeLessThan(1_000);
    expect(kept.at(-1)).toBe('line 100000');
  });

  it('accepts a hundred thousand lines at once', () => {
    expect(push('x\n'.repeat(100_000)).last(3)).toEqual(['x', 'x', 'x']);
  });
});
