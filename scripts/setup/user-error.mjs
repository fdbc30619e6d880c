// @ts-check

/** An error that the user can fix: printed as one line, without a stack. */
export class UserError extends Error {
  /**
   * @param {string} problem in plain words
   * @param {string} remedy instruction for the user
   */
  constructor(problem, remedy) {
    super(`${problem} ${remedy}`.trim());
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
 * Recognises a common cause in the output of a failed tool; undefined if there is none.
 * A full disk is checked first, because tools often report it as a broken download.
 * @param {string} title of the task that failed
 * @param {string} output
 */
export function userErrorIn(title, output) {
  if (FULL_DISK.test(output))
    return new UserError(`${title}: the disk is full.`, 'Free about 2 GB and run the same command again.');
  if (READ_ONLY.test(output))
    return new UserError(`${title}: the disk is read-only.`, 'Use a folder you can write to.');
  if (UNKNOWN_CERTIFICATE.test(output))
    return new UserError(
      `${title}: the network uses a certificate that this machine does not trust.`,
      'Set SSL_CERT_FILE and NODE_EXTRA_CA_CERTS to your network’s certificates and run the same command again.',
    );
  if (NO_NETWORK.test(output))
    return new UserError(
      `${title}: no network.`,
      'Connect (behind a proxy: set HTTPS_PROXY, and the proxy of npm) and run the same command again.',
    );
  return undefined;
}

/**
 * Converts an error of the file system; undefined if it is not a common one.
 * @param {unknown} error
 * @param {string} folder that was written to
 */
export function userErrorOf(error, folder) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError(`The disk that holds ${folder} is full.`, 'Free about 2 GB and run the same command again.');
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new UserError(`${folder} is not writable (${code}).`, 'Use a clone in a folder of your own.');
  return undefined;
}
