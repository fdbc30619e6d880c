import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../../desktop/log/core/redact';

interface Cases {
  /** Split into pieces, so that tools that search for leaked keys do not report them. */
  values: Record<string, string[]>;
  redacted: { what: string; text: string; redacted: string }[];
  unchanged: string[];
  endless: string[];
}

/** The server's half reads the same table: test/python/process/test_log_redaction.py. */
const cases: Cases = JSON.parse(readFileSync(join(__dirname, '../../../fixtures/redaction-cases.json'), 'utf8'));

const withValues = (text: string) =>
  text.replace(/<(\w+)>/g, (_whole, name: string) => (cases.values[name] ?? []).join(''));

describe('a log never contains', () => {
  it.each(cases.redacted)('$what', ({ text, redacted }) => {
    expect(redact(withValues(text))).toBe(redacted);
    expect(redact(redacted)).toBe(redacted);
  });
});

describe('a log still contains', () => {
  it.each(cases.unchanged)('%s', line => expect(redact(line)).toBe(line));
});

describe('a megabyte of any text', () => {
  const fill = (text: string) => text.repeat(Math.ceil(1_000_000 / text.length));
  it.each(cases.endless)('is searched within 3 s: %j', text => {
    for (const whole of [fill(text), `token${fill(' ')}${text}`, `token=${fill(text)}`]) {
      const startMs = performance.now();
      redact(whole);
      expect(performance.now() - startMs).toBeLessThan(3_000);
    }
  });
});
