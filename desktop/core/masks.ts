/** Hides secrets in text that goes to a log, the clipboard or a report. */

const MASKS: readonly [pattern: RegExp, replacement: string][] = [
  // JSON web tokens, as in `/ws?token=…`
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}/g, '[token]'],
  // The end of a name is enough: MISTRAL_API_KEY, accessToken.
  [
    /(token|api[_-]?key|password|secret|secret[_-](?:access[_-])?key)(["']?\s*[=:]\s*["']?)[^\s"'&,;]{6,}/gi,
    '$1$2[hidden]',
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [hidden]'],
  // postgresql://user:password@host
  [/\b([a-z][a-z0-9+]{1,20}:\/\/[^\s:/@]{0,80}:)[^\s/@]+@/gi, '$1[hidden]@'],
  // Keys of the providers: sk-…, gsk_…, AIza…
  [/\b(sk-|gsk_|xox[abp]-|AIza)[\w-]{12,}/g, '$1[hidden]'],
  [/\$2[aby]\$\d\d\$[./\w]{53}/g, '[hash]'],
  // Our own token, and anything that looks like it
  [/\b[0-9a-f]{64}\b/g, '[hidden]'],
];

export function maskSecrets(text: string): string {
  return MASKS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}
