// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '../setup/tool.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {{ license?: { id?: string, name?: string }, expression?: string }} Licence as CycloneDX states it */
/** @typedef {{ name: string, version?: string, licenses?: Licence[] }} Component */
/** @typedef {{ components: Component[], serialNumber?: string, metadata?: { timestamp?: string, component?: Component } }} Bill */

const LINE = '='.repeat(78);

/**
 * Writes the shell's notices, which the installers include beside the server's: our licence, the licences of all
 * packages from npm, and a bill of materials. Electron brings its own and Chromium's.
 * @param {Work} work
 * @param {string} electron version
 * @returns {Promise<string>} their folder, relative to the clone
 */
export async function writeNotices(work, electron) {
  const { root } = work;
  const folder = join('.setup', 'dist', 'notices');
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  const bill = JSON.parse(await runNpm(work, ['sbom', '--omit=dev', '--package-lock-only', '--sbom-format=cyclonedx']));
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const sections = /** @type {Bill} */ (bill).components.map(part => `${LINE}\n${licenceOf(root, part)}\n`);
  const head =
    'The shell of CachiBot Desktop, and the page in which it draws diagrams, include these works, each under its own licence.\n\n';
  const files = {
    'LICENCE.txt': readFileSync(join(root, 'LICENSE'), 'utf8'),
    'THIRD-PARTY-LICENCES.txt': head + sections.join('\n'),
    'sbom.cdx.json': `${JSON.stringify(completeBill(bill, name, electron), undefined, 1)}\n`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text);
  return folder;
}

/**
 * Completes npm's bill of materials: adds Electron, uses the app's name instead of the folder's, and removes the fields
 * that differ from build to build.
 * @param {Bill} bill
 * @param {string} name of the app
 * @param {string} electron version
 */
export function completeBill({ serialNumber: _, ...bill }, name, electron) {
  const { timestamp: __, component, ...metadata } = bill.metadata ?? {};
  const runtime = {
    'bom-ref': `electron@${electron}`,
    type: 'framework',
    name: 'electron',
    version: electron,
    purl: `pkg:npm/electron@${electron}`,
    licenses: [{ license: { id: 'MIT' } }],
  };
  return {
    ...bill,
    metadata: { ...metadata, component: { ...component, name } },
    components: [...bill.components, runtime],
  };
}

/**
 * Returns name, version and licence texts of a package. Throws if it states no licence.
 * @param {string} root
 * @param {Component} component
 */
function licenceOf(root, { name, version, licenses = [] }) {
  const stated = licenses.map(each => each.expression ?? each.license?.id ?? each.license?.name ?? '').join(', ');
  const folder = join(root, 'node_modules', name);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const texts = files.filter(file => /^(licen[cs]e|copying|notice)/i.test(file));
  if (stated === '' && texts.length === 0) throw new Error(`The package ${name} states no licence.`);
  const head = `${name} ${version}\n${stated || 'licence: see below'}`;
  return [head, ...texts.map(file => readFileSync(join(folder, file), 'utf8').trim())].join('\n\n');
}
