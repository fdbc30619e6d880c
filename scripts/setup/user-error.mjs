// @ts-check

/** Something the user can put right: shown as one line, without a stack. */
export class UserError extends Error {
  /**
   * @param {string} what what is wrong, in plain words
   * @param {string} remedy what to do about it
   */
  constructor(what, remedy) {
    super(`${what} ${remedy}`.trim());
  }
}

const FULL_DISK = /ENOSPC|No space left on device|os error 28|not enough space on the disk/i;
const NO_NETWORK = new RegExp(
  [
    'ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|ECONNRESET|fetch failed',
    'Temporary failure resolving|Temporary failure in name resolution|Could not resolve|Name or service not known',
    'Network is unreachable|Failed to establish a new connection|No route to host|Max retries exceeded',
    'dns error|error sending request|client error \\(Connect\\)|Failed to fetch|Could not connect',
  ].join('|'),
  'i',
);
const UNKNOWN_CERTIFICATE = /UnknownIssuer|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)/i;
const READ_ONLY = /EROFS|Read-only file system|os error 30/i;

/**
 * Returns the cause of a failed tool from its output; undefined when it is not a common one.
 * A full disk is looked for first: tools often report it as a broken download.
 * @param {string} title what was being done
 * @param {string} output
 */
export function userErrorIn(title, output) {
  if (FULL_DISK.test(output))
    return new UserError(`${title}: the disk is full.`, 'Free about 2 GB and run the same command again.');
  if (READ_ONLY.test(output))
    return new UserError(`${title}: the disk is read-only.`, 'Use a folder you can write to.');
  if (UNKNOWN_CERTIFICATE.test(output))
    return new UserError(
      `${title}: the network shows a certificate that this machine does not trust.`,
      'Name your network’s certificates in SSL_CERT_FILE and NODE_EXTRA_CA_CERTS and run the same command again.',
    );
  if (NO_NETWORK.test(output))
    return new UserError(
      `${title}: no network.`,
      'Connect (behind a proxy: set HTTPS_PROXY, and the proxy of npm) and run the same command again.',
    );
  return undefined;
}

/**
 * The same for errors of the file system that reach us directly.
 * @param {unknown} error
 * @param {string} folder where we were writing
 */
export function userErrorOf(error, folder) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError(`The disk that holds ${folder} is full.`, 'Free about 2 GB and run the same command again.');
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new UserError(`${folder} cannot be written (${code}).`, 'Use a clone in a folder of your own.');
  return undefined;
}
