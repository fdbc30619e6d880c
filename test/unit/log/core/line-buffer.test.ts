import { beforeEach, describe, expect, it } from 'vitest';
import { LINE_LENGTH, LineBuffer, withoutCutWord } from '../../../../desktop/log/core/line-buffer';
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
  ])('do not depend on how the text is split: %j', pieces => expect(push(...pieces)).toBe('one\ntwo\n'));

  it('are returned once they are whole', () => {
    expect(lines.push('one\ntw')).toBe('one\n');
    expect(lines.push('o')).toBe('');
    expect(lines.push('\n\nth')).toBe('two\n\n');
    expect(lines.end()).toBe('th\n');
    expect(lines.end()).toBe('');
  });
});

describe('a line that is too long', () => {
  const words = 'a word '.repeat(LINE_LENGTH);

  it('is truncated with the number of missing characters, and the next line is whole', () => {
    const [first = '', second = '', third] = push('before\n', words, words, '\nafter\n').split('\n').slice(1);
    expect(words).toContain(first.slice(0, -1));
    expect(first.length).toBeGreaterThan(LINE_LENGTH - 300);
    expect(first.length).toBeLessThanOrEqual(LINE_LENGTH + 1);
    expect(second).toBe(`[${words.length * 2 - first.length + 1} more characters of a long line left out]`);
    expect(third).toBe('after');
  });

  it('is whole when it has exactly the longest length', () => {
    const line = 'x'.repeat(LINE_LENGTH);
    expect(lines.push(line)).toBe('');
    expect(push('\n')).toBe(`${line}\n`);
  });

  it('is returned truncated before it ends', () => {
    expect(lines.push(words)).toMatch(/^a word.*…\n$/);
    expect(lines.push(words)).toBe('');
  });

  it('may arrive in one piece with other lines', () => {
    expect(push(`one\n${'x'.repeat(300_000)}\ntwo\n`)).toMatch(/^one\nx+…\n\[\d+ more characters .*\]\ntwo\n$/);
  });

  it.each(Array.from({ length: 12 }, (_, n) => n * 8))(
    'contains no part of a secret, cut after %i characters',
    kept => {
      const secret = '0123456789abcdef'.repeat(4);
      const line = `${'.'.repeat(LINE_LENGTH - kept - 1)} ${secret} and more`;
      expect(redact(push(line))).not.toMatch(/[0-9a-f]{8}/);
    },
  );
});

describe('a text without its cut word', () => {
  it.each([
    ['a word and anoth', 'a word and '],
    ['token=abc', ''],
    ['{"token":"abc', '{"token":"'],
    ['one ', 'one '],
    ['', ''],
  ])('%j', (text, kept) => expect(withoutCutWord(text)).toBe(kept));

  it('keeps the start of an endless word', () => {
    expect(withoutCutWord('x'.repeat(2_000)).length).toBe(2_000 - 256);
  });
});
