/** Describes an address outside of the app to the user, who decides whether it opens. `external-links.ts` acts on it. */

import { words } from '../../words/en';

/** Longest address, in characters, that is opened: the dialog shows the whole address. */
const MAX_ADDRESS = 2_000;
/** Characters in a line of the dialog. The systems' own dialogs do not wrap an address, or shorten it. */
const LINE = 70;

/** The key of all mail addresses among the allowed sites. */
export const MAIL = 'mailto:';

/** A reason to look at an address twice. */
export type Warning =
  /** A name in another alphabet may look like a familiar name. */
  | { kind: 'foreign-letters'; name: string }
  /** Text before the host may look like the host. */
  | { kind: 'user-info'; host: string }
  | { kind: 'private-network' }
  /** Some mail programs attach a file that the address names. */
  | { kind: 'attachment' };

export interface ExternalLink {
  /** As `URL` writes it, with a name in punycode. This text is shown, and opens. */
  address: string;
  /** The origin of a web site, or `mailto:`. */
  site: string;
  warnings: readonly Warning[];
  /** Whether it may open without a question once its site is allowed. */
  canBeAllowed: boolean;
  /** It is too long to be shown, so it does not open. */
  isTooLong: boolean;
}

/** Describes a link for which `judgeNavigation` says `browser`. `toUnicode` decodes a host in punycode. */
export function describeLink(href: string, toUnicode: (host: string) => string): ExternalLink {
  const url = new URL(href);
  const isMail = url.protocol === MAIL;
  const warnings = isMail ? warningsOfMail(url, toUnicode) : warningsOfSite(url, toUnicode);
  const isTooLong = url.href.length > MAX_ADDRESS;
  return {
    address: url.href,
    site: isMail ? MAIL : url.origin,
    warnings,
    canBeAllowed: !isTooLong && !warnings.some(({ kind }) => kind === 'user-info' || kind === 'attachment'),
    isTooLong,
  };
}

/** Whether a link opens without a question. */
export function opensAtOnce({ site, canBeAllowed }: ExternalLink, allowedSites: readonly string[]): boolean {
  return canBeAllowed && allowedSites.includes(site);
}

/** The text of the question whether a link may open. */
export interface Question {
  message: string;
  detail: string;
  checkboxLabel: string | undefined;
}

/** Returns the question. It contains the whole address, in lines of equal length, then each warning. */
export function questionFor({ address, site, warnings, canBeAllowed, isTooLong }: ExternalLink): Question {
  const inLines = address.replace(new RegExp(`.{${LINE}}(?=.)`, 'g'), '$&\n');
  const ask = site === MAIL ? words.links.mailQuestion : words.links.question;
  return {
    message: isTooLong ? words.links.tooLong(address.length) : ask,
    detail: [...(isTooLong ? [] : [inLines]), ...warnings.map(textOf)].join('\n\n'),
    checkboxLabel: canBeAllowed ? (site === MAIL ? words.links.alwaysMail : words.links.always(site)) : undefined,
  };
}

function textOf(warning: Warning): string {
  switch (warning.kind) {
    case 'foreign-letters':
      return words.links.foreignLetters(warning.name);
    case 'user-info':
      return words.links.userInfo(warning.host);
    case 'private-network':
      return words.links.privateNetwork;
    case 'attachment':
      return words.links.attachment;
  }
}

function warningsOfSite({ hostname, username, password }: URL, toUnicode: (host: string) => string): Warning[] {
  return [
    ...foreignLetters(hostname, toUnicode),
    ...(username !== '' || password !== '' ? [{ kind: 'user-info', host: hostname } as const] : []),
    ...(isPrivate(hostname) ? [{ kind: 'private-network' } as const] : []),
  ];
}

function warningsOfMail(url: URL, toUnicode: (host: string) => string): Warning[] {
  const hosts = [...url.href.matchAll(/(?<=@|%40)[\w.-]+/gi)];
  const attaches = [...url.searchParams.keys()].some(name => /^attach/i.test(name.trim()));
  return [
    ...hosts.flatMap(([host]) => foreignLetters(host.toLowerCase(), toUnicode)),
    ...(attaches ? [{ kind: 'attachment' } as const] : []),
  ];
}

function foreignLetters(host: string, toUnicode: (host: string) => string): Warning[] {
  const isPunycode = host.split('.').some(label => label.startsWith('xn--'));
  return isPunycode ? [{ kind: 'foreign-letters', name: toUnicode(host) || host }] : [];
}

/** Names that only a local network resolves. */
const LOCAL_NAME = /(^|\.)(local|localdomain|lan|home|home\.arpa|internal|intranet|corp|private|test)$/;
const PRIVATE_IPV4 = /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
/** Unique local and link-local addresses. */
const PRIVATE_IPV6 = /^\[(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/;

/** Whether a host, as `URL` writes it, is in a private network. */
function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (host.startsWith('[')) return PRIVATE_IPV6.test(host) || PRIVATE_IPV4.test(ipv4Within(host));
  return PRIVATE_IPV4.test(host) || !host.includes('.') || LOCAL_NAME.test(host);
}

/** Returns the IPv4 address within an IPv6 address such as `[::ffff:c0a8:1]`; otherwise an empty string. */
function ipv4Within(host: string): string {
  const [, ...parts] = /\[::ffff:([0-9a-f]+):([0-9a-f]+)\]/.exec(host) ?? [];
  return parts
    .map(part => Number.parseInt(part, 16))
    .flatMap(part => [part >> 8, part & 255])
    .join('.');
}
