// @ts-check
import { UserError } from '../setup/user-error.mjs';

/**
 * The address in CACHIBOT_URL, reduced to its origin. Only a server on this machine is attached to: the page gets
 * a window that trusts it.
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
