/**
 * Redacts secrets in text that goes to a log, the clipboard or a report. The server's half redacts with the same
 * patterns (`cachibot_desktop/process/log_redaction.py`); `test/fixtures/redaction-cases.json` is tested in both.
 *
 * Any text may be searched, the server's output included, so each pattern takes linear time: no match starts inside text
 * that the same pattern has just searched without a match. The patterns use only syntax that JavaScript's `RegExp` and
 * Python's `re.ASCII` read the same: no `\s`, no `.`, no lookbehind of varying length.
 */

import list from './redaction-patterns.json';

interface Pattern {
  keep: string;
  hide: string;
  onlyIf?: string;
  caseSensitive?: boolean;
}

const PATTERNS = list.patterns.map(compile);

function compile({ keep, hide, onlyIf, caseSensitive }: Pattern): { secret: RegExp; onlyIf: RegExp } {
  const start = keep.replace('<name>', list.parts.name).replace('<is>', list.parts.is);
  const flags = caseSensitive ? '' : 'i';
  return {
    secret: new RegExp(`(${start})(${hide})`, `g${flags}`),
    onlyIf: new RegExp(`^(?:${onlyIf ?? ''})`, flags),
  };
}

/** Replaces everything that looks like a token, a hash or a key by `[hidden]`. */
export function redact(text: string): string {
  return PATTERNS.reduce(
    (redacted, { secret, onlyIf }) =>
      redacted.replace(secret, (whole: string, kept: string, hidden: string) =>
        onlyIf.test(hidden) ? kept + list.mask : whole,
      ),
    text,
  );
}
