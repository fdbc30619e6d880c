/**
 * Hides secrets in text that goes to a log, the clipboard or a report.
 *
 * Whoever writes to the server's output decides what is looked through here, so each pattern takes time in
 * proportion to the text: none begins anew inside of what it has just looked at in vain.
 */

/** The end of a name is enough: MISTRAL_API_KEY, accessToken. */
const NAME = '(?:token|api[_-]?key|passw(?:or)?d|secret(?:[_-](?:access[_-])?key)?|authorization)';
/** Between a name and its value, in JSON within JSON too. */
const IS = String.raw`\\*["']?\s*[=:]\s*`;

const MASKS: readonly [pattern: RegExp, replacement: string | ((found: string) => string)][] = [
  // JSON web tokens, as in `/ws?token=…`; one whose end was cut off too.
  [/\beyJ[\w.-]+/g, found => (/^eyJ[\w-]{8,}\.[\w-]{8,}/.test(found) ? '[token]' : found)],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [hidden]'],
  [/(\bcookie["']?\s*[=:]\s*["']?)[^"'\r\n]{4,}/gi, '$1[hidden]'],
  [new RegExp(String.raw`(${NAME}${IS}")(?:[^"\\\r\n]|\\.){4,}`, 'gi'), '$1[hidden]'],
  [new RegExp(String.raw`(${NAME}${IS}')(?:[^'\\\r\n]|\\.){4,}`, 'gi'), '$1[hidden]'],
  [new RegExp(String.raw`(${NAME}${IS}\\+["'])[^"'\\\r\n]{4,}`, 'gi'), '$1[hidden]'],
  [new RegExp(String.raw`(${NAME}${IS})(?!Bearer |Basic )[^\s"'&,;]{4,}`, 'gi'), '$1[hidden]'],
  // postgresql://user:password@host
  [/\b([a-z][a-z0-9+]{1,20}:\/\/[^\s:/@]{0,80}:)[^\s/]+@/gi, '$1[hidden]@'],
  // Keys of the providers, of CachiBot and of its bots: sk-…, gsk_…, cb-…, 123456789:AA…
  [/\b(sk-|pk-|rk-|gsk_|xai-|cb-|hf_|gh[opsu]_|xox[a-z]-|AIza)[\w-]{12,}/g, '$1[hidden]'],
  [/(?<!\d)(\d{6,12}:)[\w-]{30,}/g, '$1[hidden]'],
  [/\$2[abxy]\$\d\d\$[./\w]{20,}/g, '[hash]'],
  // Our own token, and anything that looks like it
  [/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi, '[hidden]'],
];

export function maskSecrets(text: string): string {
  // Two calls for the types alone: `replace` takes a text or a function, and not a choice of both.
  return MASKS.reduce(
    (masked, [pattern, by]) => (typeof by === 'string' ? masked.replace(pattern, by) : masked.replace(pattern, by)),
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
