import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redact, withoutCutWord } from '../../../../desktop/log/core/redact';

interface Cases {
  /** In pieces, so that no tool that looks for leaked keys takes them for real ones. */
  values: Record<string, string[]>;
  redacted: { what: string; text: string; redacted: string }[];
  unchanged: string[];
  endless: string[];
}

/** The server's half reads the same table: test/python/process/test_log_redaction.py. */
const cases: Cases = JSON.parse(readFileSync(join(__dirname, '../../../fixtures/redaction-cases.json'), 'utf8'));

const withValues = (text: string) =>
  text.replace(/<(\w+)>/g, (_whole, name: string) => (cases.values[name] ?? []).join(''));

describe('what a log never shows', () => {
  it.each(cases.redacted)('$what', ({ text, redacted }) => {
    expect(redact(withValues(text))).toBe(redacted);
    expect(redact(redacted)).toBe(redacted);
  });
});

describe('what a log needs to show', () => {
  it.each(cases.unchanged)('%s', line => expect(redact(line)).toBe(line));
});

describe('a text without its cut word', () => {
  it.each([
    ['a word and anoth', 'a word and '],
    ['token=abc', ''],
    ['{"token":"abc', '{"token":"'],
    ['one ', 'one '],
    ['', ''],
  ])('%j', (text, kept) => expect(withoutCutWord(text)).toBe(kept));

  it('keeps the beginning of one endless word', () => {
    expect(withoutCutWord('x'.repeat(2_000)).length).toBe(2_000 - 256);
  });
});

describe('whatever a megabyte of text is made of', () => {
  const fill = (text: string) => text.repeat(Math.ceil(1_000_000 / text.length));
  it.each(cases.endless)('it is looked through in a moment: %j', text => {
    for (const whole of [fill(text), `token${fill(' ')}${text}`, `token=${fill(text)}`]) {
      const began = performance.now();
      redact(whole);
      expect(performance.now() - began).toBeLessThan(3_000);
    }
  });
});
