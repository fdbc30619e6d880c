import { beforeEach, describe, expect, it } from 'vitest';
import { LINE_LENGTH, LineBuffer } from '../../../../desktop/log/core/line-buffer';
import { redact } from '../../../../desktop/log/core/redact';

let lines: LineBuffer;
beforeEach(() => {
  lines = new LineBuffer();
});

const push = (...pieces: string[]) => pieces.map(piece => lines.push(piece)).join('') + lines.end();

describe('lines', () => {
  it.each([
    [['one\ntwo\n']],
    [['on', 'e\ntw', 'o\n']],
    [['one', '\n', 'two', '\n']],
    [[...'one\ntwo\n']],
    [['', 'one\ntwo', '', '\n']],
    [['one\ntwo']],
  ])('are the same however the text was cut: %j', pieces => expect(push(...pieces)).toBe('one\ntwo\n'));

  it('are given once they are whole', () => {
    expect(lines.push('one\ntw')).toBe('one\n');
    expect(lines.push('o')).toBe('');
    expect(lines.push('\n\nth')).toBe('two\n\n');
    expect(lines.end()).toBe('th\n');
    expect(lines.end()).toBe('');
  });
});

describe('a line that is too long', () => {
  const words = 'a word '.repeat(LINE_LENGTH);

  it('keeps its beginning, says how much is missing, and what follows is whole again', () => {
    const [first = '', second = '', third] = push('before\n', words, words, '\nafter\n').split('\n').slice(1);
    expect(words).toContain(first.slice(0, -1));
    expect(first.length).toBeGreaterThan(LINE_LENGTH - 300);
    expect(first.length).toBeLessThanOrEqual(LINE_LENGTH + 1);
    expect(second).toBe(`[${words.length * 2 - first.length + 1} more characters of a long line left out]`);
    expect(third).toBe('after');
  });

  it('is whole when it is exactly as long as a line may be', () => {
    const line = 'x'.repeat(LINE_LENGTH);
    expect(lines.push(line)).toBe('');
    expect(push('\n')).toBe(`${line}\n`);
  });

  it('shows its beginning before it ends, if it ever does', () => {
    expect(lines.push(words)).toMatch(/^a word.*…\n$/);
    expect(lines.push(words)).toBe('');
  });

  it('may come within one piece, among others', () => {
    expect(push(`one\n${'x'.repeat(300_000)}\ntwo\n`)).toMatch(/^one\nx+…\n\[\d+ more characters .*\]\ntwo\n$/);
  });

  it.each(Array.from({ length: 12 }, (_, n) => n * 8))('keeps no half of a secret, cut after %i characters', kept => {
    const secret = '0123456789abcdef'.repeat(4);
    const line = `${'.'.repeat(LINE_LENGTH - kept - 1)} ${secret} and more`;
    expect(redact(push(line))).not.toMatch(/[0-9a-f]{8}/);
  });
});
