// @ts-check
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Size budgets of the installers in MB, by the extension of each kind, with the pinned Electron. */
export const BUDGETS_MB = { '.AppImage': 190, '.deb': 170, '.rpm': 170, '.exe': 170, '.dmg': 200, '.zip': 200 };
/**
 * Budget in MB for the parts of an installer that are ours, the server above all. It holds for every Electron: a
 * rehearsal's is older and smaller, so that its installers would hide that ours have grown.
 */
export const OWN_BUDGET_MB = 100;

/** @typedef {{ part: string, bytes: number, packed: number }} PartSize bytes: installed size; packed: compressed size */

/** The parts of an app, with a pattern for the paths of their files. The first pattern that matches counts. */
const PARTS = /** @type {[string, RegExp, 'Electron'?][]} */ ([
  ['CachiBot’s page', /backend\/.*\/frontend_dist\//],
  ['the server’s program and Python modules', /backend\/(cachibot-server(\.exe)?|.*\.(zip|pyz))$/],
  ['the server’s libraries', /backend\/.*\.(so|dylib|dll|pyd)(\.|$)/],
  ['the server’s other files', /\/backend\//],
  ['the shell', /(app\.asar|papers\/)/],
  ['licences of Chromium and Electron', /LICENSE/, 'Electron'],
  ['Electron’s program', /(cachibot-desktop|CachiBot\.exe|Electron Framework)$/, 'Electron'],
  ['Electron’s libraries and files', /./, 'Electron'],
]);

/**
 * Whether a file of this name is an installer.
 * @param {string} name
 */
export function isInstaller(name) {
  return budgetOf(name) !== undefined;
}

/**
 * Measures the parts of an unpacked app. Compresses with gzip, which is precise enough for their shares.
 * @param {string} folder
 * @returns {Promise<PartSize[]>} largest first
 */
export async function measureParts(folder) {
  /** @type {Map<string, PartSize>} */
  const parts = new Map();
  for (const file of filesIn(folder)) {
    const part = partOf(relative(folder, file));
    const size = parts.get(part) ?? { part, bytes: 0, packed: 0 };
    size.bytes += statSync(file).size;
    size.packed += await packedSize(file);
    parts.set(part, size);
  }
  return [...parts.values()].sort((a, b) => b.packed - a.packed);
}

/**
 * Returns the part that a file belongs to.
 * @param {string} path relative to the app's folder
 */
export function partOf(path) {
  const name = `/${path.split(sep).join('/')}`;
  return PARTS.find(([, pattern]) => pattern.test(name))?.[0] ?? '';
}

/**
 * Returns tables of the sizes of installers and parts, and a line for each budget that an installer exceeds.
 * @param {readonly { file: string, bytes: number }[]} installers
 * @param {readonly PartSize[]} parts
 * @returns {{ lines: string[], overBudget: string[] }}
 */
export function sizeReport(installers, parts) {
  const packed = parts.reduce((sum, part) => sum + part.packed, 0);
  const own = parts.reduce((sum, { part, packed }) => (isElectrons(part) ? sum : sum + packed), 0);
  const overBudget = [];
  const lines = ['| Installer | MB | Budget in MB | Without Electron | Budget in MB |', '|---|---|---|---|---|'];
  for (const { file, bytes } of installers) {
    const budget = budgetOf(file);
    const ownBytes = packed === 0 ? 0 : (bytes * own) / packed;
    lines.push(`| ${basename(file)} | ${mb(bytes)} | ${budget ?? '–'} | ${mb(ownBytes)} | ${OWN_BUDGET_MB} |`);
    if (budget !== undefined && bytes > budget * 1e6)
      overBudget.push(`${basename(file)} has ${mb(bytes)} MB; its budget is ${budget} MB.`);
    if (ownBytes > OWN_BUDGET_MB * 1e6)
      overBudget.push(`${basename(file)} has ${mb(ownBytes)} MB without Electron; the budget is ${OWN_BUDGET_MB} MB.`);
  }
  lines.push('', '| Part | MB installed | Share of an installer |', '|---|---|---|');
  for (const { part, bytes, packed: packedPart } of parts)
    lines.push(`| ${part} | ${mb(bytes)} | ${((100 * packedPart) / packed).toFixed(1)} % |`);
  return { lines, overBudget };
}

/** @param {string} part */
function isElectrons(part) {
  return PARTS.some(([name, , origin]) => name === part && origin === 'Electron');
}

/** @param {string} file */
function budgetOf(file) {
  return Object.entries(BUDGETS_MB).find(([end]) => file.endsWith(end))?.[1];
}

/** @param {number} bytes */
function mb(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/** @param {string} file */
async function packedSize(file) {
  let size = 0;
  const count = new Writable({
    write(chunk, _, done) {
      size += chunk.length;
      done();
    },
  });
  await pipeline(createReadStream(file), createGzip({ level: 1 }), count);
  return size;
}

/**
 * @param {string} folder
 * @returns {string[]} without links
 */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}
