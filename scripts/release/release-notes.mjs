// @ts-check
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assetsIn } from './assets.mjs';
import { hashOfFile } from './manifests.mjs';
import { changelogSection } from './versions.mjs';

/**
 * Returns the notes of a release in Markdown: its section of the changelog, and size and checksum of each file.
 * @param {string} root
 * @param {string} folder with the assets
 * @param {string} version
 */
export async function releaseNotes(root, folder, version) {
  const { installers, all } = assetsIn(folder);
  const rows = [];
  for (const name of all) {
    const file = join(folder, name);
    const hash = await hashOfFile(file, 'sha256', 'hex');
    rows.push(`| ${name} | ${(statSync(file).size / 1e6).toFixed(1)} | \`${hash}\` |`);
  }
  const warnings = [
    ...(all.some(name => name.includes('rehearsal')) ? ['**A rehearsal, not for use.**'] : []),
    ...(installers.some(name => name.includes('unsigned'))
      ? ['**Files with `unsigned` in their names are not signed by their publisher:** the system will warn about them.']
      : []),
  ];
  return [
    ...warnings,
    changelogSection(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version),
    `| File | MB | SHA-256 |\n|---|---|---|\n${rows.join('\n')}`,
    'The README explains how to install each file and how to verify its origin.',
    '',
  ].join('\n\n');
}
