#!/usr/bin/env node
// @ts-check
// Stands in for fpm in a rehearsal: takes what electron-builder tells fpm, and has nfpm do it. An option it does not
// know is an error, so that nothing is left out in silence.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FLAGS = ['--force', '--debug'];
const REPEATED = { '-d': 'depends', '--deb-recommends': 'recommends' };
/** nfpm needs no rpmbuild, and makes no such links. */
const DEFINITIONS = ['_build_id_links none'];
const ARCHITECTURES = { x86_64: 'amd64', x64: 'amd64', aarch64: 'arm64' };
/** nfpm's xz takes six minutes for what fpm does in one: a deb is compressed by dpkg-deb, an rpm in another way. */
const COMPRESSIONS = { xz: 'zstd', xzmt: 'zstd', gz: 'gzip', zst: 'zstd' };

/** fpm's options that mean the same to nfpm, or nothing at all. */
const KNOWN = [
  '-s',
  '-t',
  '--after-install',
  '--after-remove',
  '--architecture',
  '--category',
  '--deb-compression',
  '--deb-priority',
  '--description',
  '--iteration',
  '--license',
  '--log',
  '--maintainer',
  '--name',
  '--package',
  '--rpm-compression',
  '--rpm-os',
  '--rpm-summary',
  '--url',
  '--vendor',
  '--version',
];

/**
 * @param {readonly string[]} args
 * @returns {{ packager: string, target: string, again: string | undefined, config: Record<string, unknown> }} `again`: the
 *   compression that dpkg-deb gives it afterwards
 */
export function translate(args) {
  /** @type {Record<string, string>} */
  const given = {};
  /** @type {Record<string, string[]>} */
  const lists = { depends: [], recommends: [] };
  /** @type {string[]} */
  const sources = [];
  /** @type {string[]} */
  const owned = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const list = /** @type {Record<string, string>} */ (REPEATED)[word];
    if (word.startsWith('-') && sources.length > 0) throw new Error(`fpm would take ${word} behind a file for a file.`);
    if (FLAGS.includes(word)) continue;
    if (list !== undefined) lists[list]?.push(args[++at] ?? '');
    else if (word === '--rpm-rpmbuild-define') accept(args[++at] ?? '');
    else if (word === '--directories') owned.push(args[++at] ?? '');
    else if (KNOWN.includes(word)) given[word] = args[++at] ?? '';
    else if (word.startsWith('-')) throw new Error(`fpm.mjs does not know the option ${word}.`);
    else sources.push(word);
  }
  const packager = given['-t'] ?? '';
  if (!['deb', 'rpm'].includes(packager)) throw new Error(`fpm.mjs makes deb and rpm, not ${packager}.`);
  const compression = given['--deb-compression'] ?? given['--rpm-compression'] ?? 'xz';
  const again = packager === 'deb' && compression === 'xz' ? compression : undefined;
  const named = again ? 'none' : nameIn(COMPRESSIONS, compression);
  const contents = sources.map(content);
  // nfpm's packages own every folder of a tree.
  const loose = owned.filter(folder => !contents.some(({ dst, type }) => type === 'tree' && dst === folder));
  if (loose.length > 0) throw new Error(`fpm.mjs lets a package own folders that it brings whole, not ${loose}.`);
  return {
    packager,
    target: given['--package'] ?? '',
    again,
    config: {
      name: given['--name'],
      arch: nameIn(ARCHITECTURES, given['--architecture'] ?? ''),
      platform: 'linux',
      version: given['--version'],
      version_schema: 'none',
      release: given['--iteration'],
      section: given['--category'],
      priority: given['--deb-priority'],
      maintainer: given['--maintainer'],
      vendor: given['--vendor'],
      homepage: given['--url'],
      license: given['--license'],
      description: (given['--description'] ?? '').trim(),
      ...lists,
      contents,
      scripts: { postinstall: given['--after-install'], postremove: given['--after-remove'] },
      umask: 0o022,
      deb: packager === 'deb' ? { compression: named } : undefined,
      rpm: packager === 'rpm' ? { compression: named, summary: given['--rpm-summary'] } : undefined,
    },
  };
}

/** @param {string} definition */
function accept(definition) {
  if (!DEFINITIONS.includes(definition)) throw new Error(`fpm.mjs does not know the definition ${definition}.`);
}

/** @param {string} source `from=to`, a folder where it ends with a slash */
function content(source) {
  const cut = source.lastIndexOf('=');
  const [src, dst] = [source.slice(0, cut), source.slice(cut + 1)];
  return src.endsWith('/') ? { src, dst, type: 'tree' } : { src, dst, file_info: { mode: 0o644 } };
}

/**
 * @param {Record<string, string>} names
 * @param {string} name
 */
function nameIn(names, name) {
  return names[name] ?? name;
}

/**
 * Throws when the program is not there or ends with an error, which it has told itself.
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ended with code ${status}.`);
}

function main() {
  const { packager, target, again, config } = translate(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-fpm-'));
  try {
    const file = join(folder, 'nfpm.yaml'); // JSON is YAML
    writeFileSync(file, JSON.stringify(config));
    run(process.env['CACHIBOT_NFPM'] ?? 'nfpm', ['package', '-f', file, '-p', packager, '-t', target]);
    if (again === undefined) return;
    const unpacked = join(folder, 'deb');
    run('dpkg-deb', ['--raw-extract', target, unpacked]);
    run('dpkg-deb', [`-Z${again}`, '--root-owner-group', '--build', unpacked, target]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === String(pathToFileURL(process.argv[1] ?? ''))) main();
