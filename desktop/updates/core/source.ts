/** The address of the update feed and the trusted keys, from `updates.json`, which is packed into the app. */

import { words } from '../../words/en';

export interface UpdateSource {
  /** Base address of all requests; it ends with a slash. */
  feed: string;
  /** Address of the page where the user finds installers. */
  page: string;
  /** Ed25519 public keys, 32 bytes each, in base64. A manifest must be signed with one of them. */
  keys: readonly string[];
  /** The feed can send several ranges of a file in one response. */
  multiRange: boolean;
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]']);
const KEY = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads the packed file. Returns the source, or the reason why this build does not update itself. Only a test build, which
 * cannot be released, may use plain http, and only on this machine.
 */
export function readUpdateSource(content: unknown, isTestBuild: boolean): UpdateSource | string {
  if (typeof content !== 'object' || content === null) return words.updateProblem.noSource;
  const { feed, page, keys, multiRange } = content as Record<string, unknown>;
  const url = typeof feed === 'string' && URL.canParse(feed) ? new URL(feed) : undefined;
  const allowed =
    url?.protocol === 'https:' || (isTestBuild && url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (url === undefined || !allowed) return words.updateProblem.unsafeSource;
  const known = Array.isArray(keys) ? keys.filter(key => typeof key === 'string' && KEY.test(key)) : [];
  if (known.length === 0 || !Array.isArray(keys) || known.length !== keys.length) return words.updateProblem.noKey;
  return {
    feed: url.href.endsWith('/') ? url.href : `${url.href}/`,
    page: typeof page === 'string' && page.startsWith('https://') ? page : url.href,
    keys: known as string[],
    multiRange: multiRange === true,
  };
}

/** Whether an update may be requested from this address: it must be at or below the address of the feed. */
export function isOfFeed(address: string, { feed }: UpdateSource): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.username === '' && url.password === '' && url.href.startsWith(feed);
}
