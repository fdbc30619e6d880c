/**
 * Redacts secrets in text that goes to a log, the clipboard or a report. The server's half redacts with the same
 * patterns (`cachibot_desktop/process/log_redaction.py`); `test/fixtures/redaction-cases.json` is tested in both.
 *
 * The server's output decides which text is searched, so each pattern takes time in proportion to the text: no match
 * starts again inside text that has just been searched in vain. The patterns use only what JavaScript's `RegExp` and
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

/** Returns `text` with the mask in place of everything that looks like a token, a hash or a key. */
export function maskSecrets(text: string): string {
  return PATTERNS.reduce(
    (masked, { secret, onlyIf }) =>
      masked.replace(secret, (whole: string, kept: string, hidden: string) =>
        onlyIf.test(hidden) ? kept + list.mask : whole,
      ),
    text,
  );
}

/** The longest piece of a secret that no pattern would know for the beginning of one. */
const PIECE_LENGTH = 256;

/** A text that was cut off, without its last word: that may be half a secret. */
export function withoutCutWord(text: string): string {
  const least = Math.max(0, text.length - PIECE_LENGTH);
  let end = text.length;
  while (end > least && !' \t\r\n"\'&,;'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
