// @ts-check
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../setup/tool.mjs';

/**
 * Creates a self-signed certificate, to sign a rehearsal.
 * @param {import('../setup/tool.mjs').Work} work
 * @param {string} folder
 * @returns {Promise<{ pfx: string, password: string, certificate: string }>}
 */
export async function testCertificate(work, folder) {
  mkdirSync(folder, { recursive: true });
  const [key, certificate, pfx] = ['key.pem', 'certificate.pem', 'certificate.pfx'].map(name => join(folder, name));
  const password = 'rehearsal';
  const subject = ['-subj', '/CN=CachiBot Desktop rehearsal', '-addext', 'extendedKeyUsage=codeSigning', '-days', '2'];
  const output = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', String(key), '-out', String(certificate)];
  await runTool(work, 'openssl', ['req', ...output, ...subject]);
  const files = ['-inkey', String(key), '-in', String(certificate), '-out', String(pfx)];
  await runTool(work, 'openssl', ['pkcs12', '-export', ...files, '-passout', `pass:${password}`]);
  return { pfx: String(pfx), password, certificate: String(certificate) };
}
