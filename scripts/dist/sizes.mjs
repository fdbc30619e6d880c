// @ts-check
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** What an installer may weigh, in MB, by the end of its name: each kind there is. */
export const BUDGETS_MB = { '.AppImage': 190, '.deb': 170, '.rpm': 170, '.exe': 170, '.dmg': 200, '.zip': 200 };

/** @typedef {{ part: string, bytes: number, packed: number }} Weight bytes as installed, and compressed */

/** What belongs to which part, by its path in the app's folder; the first that fits counts. */
const PARTS = /** @type {[string, RegExp][]} */ ([
  ['CachiBot’s page', /backend\/.*\/frontend_dist\//],
  ['the server’s program and Python modules', /backend\/(cachibot-server(\.exe)?|.*\.zip)$/],
  ['the server’s libraries', /backend\/.*\.(so|dylib|dll|pyd)(\.|$)/],
  ['the server’s other files', /\/backend\//],
  ['the shell', /(app\.asar|papers\/)/],
  ['licences of Chromium and Electron', /LICENSE/],
  ['Electron’s program', /(cachibot-desktop|CachiBot\.exe|Electron Framework)$/],
  ['Electron’s libraries and files', /./],
]);

/**
 * Whether a file of that name is what users install.
 * @param {string} name
 */
export function isInstaller(name) {
  return budgetOf(name) !== undefined;
}

/**
 * Weighs the parts of an unpacked app; compressed with gzip, which tells the shares well enough.
 * @param {string} folder
 * @returns {Promise<Weight[]>} the heaviest first
 */
export async function weigh(folder) {
  /** @type {Map<string, Weight>} */
  const parts = new Map();
  for (const file of filesIn(folder)) {
    const part = partOf(relative(folder, file));
    const weight = parts.get(part) ?? { part, bytes: 0, packed: 0 };
    weight.bytes += statSync(file).size;
    weight.packed += await packedSize(file);
    parts.set(part, weight);
  }
  return [...parts.values()].sort((a, b) => b.packed - a.packed);
}

/** @param {string} path in the app's folder */
export function partOf(path) {
  const name = `/${path.split(sep).join('/')}`;
  return PARTS.find(([, pattern]) => pattern.test(name))?.[0] ?? '';
}

/**
 * Tells what each installer weighs, how much of that is which part, and whether that is within its budget.
 * @param {readonly { file: string, bytes: number }[]} installers
 * @param {readonly Weight[]} weights
 * @returns {{ lines: string[], tooHeavy: string[] }}
 */
export function sizeReport(installers, weights) {
  const packed = weights.reduce((sum, weight) => sum + weight.packed, 0);
  const tooHeavy = [];
  const lines = ['| Installer | MB | of at most |', '|---|---|---|'];
  for (const { file, bytes } of installers) {
    const budget = budgetOf(file);
    lines.push(`| ${basename(file)} | ${mb(bytes)} | ${budget ?? '–'} |`);
    if (budget !== undefined && bytes > budget * 1e6)
      tooHeavy.push(`${basename(file)} weighs ${mb(bytes)} MB, and may weigh ${budget}.`);
  }
  lines.push('', '| Part | MB installed | share of an installer |', '|---|---|---|');
  for (const { part, bytes, packed: own } of weights)
    lines.push(`| ${part} | ${mb(bytes)} | ${((100 * own) / packed).toFixed(1)} % |`);
  return { lines, tooHeavy };
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
 * @returns {string[]} no links
 */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}
