// @ts-check
import { UserError } from '../setup/user-error.mjs';

/**
 * Returns the origin of the address in CACHIBOT_URL. Throws a UserError unless the server is on this machine, because
 * the window trusts its page.
 * @param {string} text
 * @returns {string}
 */
export function attachAddress(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const onThisMachine = ['127.0.0.1', 'localhost', '[::1]'].includes(url?.hostname ?? '');
  if (url?.protocol === 'http:' && onThisMachine && url.href === `${url.origin}/`) return url.origin;
  throw new UserError(
    `CACHIBOT_URL must be the address of a server on this machine, not "${text}".`,
    'Such as: CACHIBOT_URL=http://127.0.0.1:5870 npm run dev',
  );
}
