// @ts-check
// Which certificate signs the app for Windows. No public authority issues one as a file any more: its key is in Azure
// Artifact Signing (until 2026 “Trusted Signing”), or in a hardware token.
import { UserError } from '../setup/user-error.mjs';

/**
 * @typedef {object} ArtifactSigning a certificate in Azure
 * @property {'artifact signing'} kind
 * @property {string} endpoint
 * @property {string} account
 * @property {string} profile
 * @property {string} publisher name in the certificate, which the app expects of its updates
 */
/** @typedef {{ kind: 'token', sha1: string }} Token `sha1`: fingerprint of a certificate in Windows' store */
/** @typedef {{ kind: 'file' }} CertificateFile a .pfx, which electron-builder reads from the environment itself */

/** Variables of Azure Artifact Signing, by the name of each property. */
const AZURE = {
  endpoint: 'AZURE_SIGNING_ENDPOINT',
  account: 'AZURE_SIGNING_ACCOUNT',
  profile: 'AZURE_SIGNING_PROFILE',
  publisher: 'AZURE_SIGNING_PUBLISHER',
};
const TOKEN = 'WIN_CSC_SHA1';
const FILES = ['WIN_CSC_LINK', 'CSC_LINK'];

/**
 * Returns the certificate that the environment names; undefined if it names none.
 * Throws a UserError if it names several, or one incompletely.
 * @param {NodeJS.ProcessEnv} env
 * @returns {ArtifactSigning | Token | CertificateFile | undefined}
 */
export function windowsCertificate(env) {
  const azure = Object.values(AZURE).filter(name => env[name]);
  const file = FILES.find(name => env[name]);
  const named = [...azure.slice(0, 1), ...(env[TOKEN] ? [TOKEN] : []), ...(file ? [file] : [])];
  if (named.length > 1)
    throw new UserError(`${named.join(' and ')} name different certificates for Windows.`, 'Set only one of them.');
  if (azure.length > 0) {
    const missing = Object.values(AZURE).filter(name => !env[name]);
    if (missing.length > 0)
      throw new UserError('The settings of Azure Artifact Signing are incomplete.', `Set ${missing.join(', ')}.`);
    const { endpoint, account, profile, publisher } = AZURE;
    const value = (/** @type {string} */ name) => env[name] ?? '';
    return {
      kind: 'artifact signing',
      endpoint: value(endpoint),
      account: value(account),
      profile: value(profile),
      publisher: value(publisher),
    };
  }
  if (env[TOKEN]) return { kind: 'token', sha1: env[TOKEN].replaceAll(/[\s:]/g, '') };
  return file === undefined ? undefined : { kind: 'file' };
}

/**
 * Returns electron-builder's settings for a certificate. It fails if it cannot sign.
 * @param {ReturnType<typeof windowsCertificate>} certificate
 * @returns {Record<string, unknown>}
 */
export function signingSettings(certificate) {
  if (certificate === undefined) return {};
  const options = 'win.signtoolOptions';
  // Not electron-builder's own `azureSignOptions`: it installs the newest PowerShell module while it has the credentials.
  const own = {
    'artifact signing': () => ({
      [`${options}.sign`]: 'scripts/dist/artifact-signing.mjs',
      [`${options}.publisherName`]: /** @type {ArtifactSigning} */ (certificate).publisher,
    }),
    token: () => ({ [`${options}.certificateSha1`]: /** @type {Token} */ (certificate).sha1 }),
    file: () => ({}),
  };
  return { forceCodeSigning: true, ...own[certificate.kind]() };
}
