// @ts-check
// Signs files for Windows with a certificate in Azure Artifact Signing. The workflow has logged in by OIDC.
import { resolve } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { runChild } from '../testing/child.mjs';
import { windowsCertificate } from './windows-certificate.mjs';

/** Version of the PowerShell module, which the workflow installs before it logs in. */
export const MODULE_VERSION = '0.1.8';
/** Limit of a batch: Windows allows a variable 32,767 characters. */
const MAX_CHARACTERS = 20_000;
const MAX_FILES = 50;
/** Ways to log in that the module would try first; some wait for a network that does not exist. */
const OTHER_CREDENTIALS = [
  'Environment',
  'WorkloadIdentity',
  'ManagedIdentity',
  'SharedTokenCache',
  'VisualStudio',
  'VisualStudioCode',
  'AzurePowerShell',
  'AzureDeveloperCli',
  'InteractiveBrowser',
];
/** The values are in variables, so that no character of a path is special. */
const SCRIPT = [
  "$ErrorActionPreference = 'Stop'",
  `Import-Module ArtifactSigning -RequiredVersion ${MODULE_VERSION}`,
  '$parameters = @{',
  'Endpoint = $env:AZURE_SIGNING_ENDPOINT; CodeSigningAccountName = $env:AZURE_SIGNING_ACCOUNT',
  'CertificateProfileName = $env:AZURE_SIGNING_PROFILE; Files = $env:CACHIBOT_FILES_TO_SIGN',
  "FileDigest = 'SHA256'; TimestampDigest = 'SHA256'; TimestampRfc3161 = 'http://timestamp.acs.microsoft.com'",
  ...OTHER_CREDENTIALS.map(name => `Exclude${name}Credential = $true`),
  '}',
  'Invoke-ArtifactSigning @parameters',
].join('\n');

/** @typedef {(command: string, args: string[], options: Parameters<typeof runChild>[2]) => ReturnType<typeof runChild>} Run */

/**
 * electron-builder calls this for each file that it signs itself.
 * @param {{ path: string }} configuration
 */
export default async function sign({ path }) {
  await signFiles([path]);
}

/**
 * Signs files in batches. Throws a UserError if a batch fails.
 * @param {readonly string[]} files
 * @param {Run} [run]
 */
export async function signFiles(files, run = runChild) {
  if (windowsCertificate(process.env)?.kind !== 'artifact signing')
    throw new UserError('The settings of Azure Artifact Signing are missing.', 'See docs/releasing.md.');
  for (const batch of batches(files.map(file => resolve(file)))) {
    const env = { ...process.env, CACHIBOT_FILES_TO_SIGN: batch.join(',') };
    const args = [
      '-NoProfile',
      '-NonInteractive',
      '-EncodedCommand',
      Buffer.from(SCRIPT, 'utf16le').toString('base64'),
    ];
    const { code, output } = await run('pwsh', args, { cwd: process.cwd(), env, quiet: true });
    if (code !== 0) throw new UserError(`Azure did not sign ${batch.length} files (${batch[0]}): ${output.trim()}`, '');
  }
}

/**
 * Divides files into batches that are short enough. Throws a UserError for a path with the separator.
 * @param {readonly string[]} files
 */
function batches(files) {
  /** @type {string[][]} */
  const all = [];
  for (const file of files) {
    if (file.includes(',')) throw new UserError(`Azure cannot sign ${file}.`, 'Use a folder without a comma.');
    const last = all.at(-1);
    if (last && last.length < MAX_FILES && last.join(',').length + file.length < MAX_CHARACTERS) last.push(file);
    else all.push([file]);
  }
  return all;
}
