#!/usr/bin/env node
// @ts-check
// Replaces fpm in a rehearsal: translates electron-builder's options for fpm and runs nfpm. Throws for an unknown option,
// so that none is ignored silently.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FLAGS = ['--force', '--debug'];
const REPEATED = { '-d': 'depends', '--deb-recommends': 'recommends' };
/** Definitions for rpmbuild that nfpm does not need: it never creates build-id links. */
const DEFINITIONS = ['_build_id_links none'];
const ARCHITECTURES = { x86_64: 'amd64', x64: 'amd64', aarch64: 'arm64' };
/** nfpm's xz takes six minutes where fpm takes one, so dpkg-deb compresses a deb, and an rpm uses zstd. */
const COMPRESSIONS = { xz: 'zstd', xzmt: 'zstd', gz: 'gzip', zst: 'zstd' };

/** Options of fpm that nfpm has, too, or that have no effect. */
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
 * Translates fpm's options into a configuration of nfpm. Throws for an option that it does not know.
 * @param {readonly string[]} args
 * @returns {{ packager: string, target: string, recompress: string | undefined, config: Record<string, unknown> }}
 *   `recompress`: compression of the deb by dpkg-deb afterwards
 */
export function translate(args) {
  /** @type {Record<string, string>} */
  const options = {};
  /** @type {Record<string, string[]>} */
  const lists = { depends: [], recommends: [] };
  /** @type {string[]} */
  const sources = [];
  /** @type {string[]} */
  const owned = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const list = /** @type {Record<string, string>} */ (REPEATED)[word];
    if (word.startsWith('-') && sources.length > 0) throw new Error(`fpm would treat ${word} after a file as a file.`);
    if (FLAGS.includes(word)) continue;
    if (list !== undefined) lists[list]?.push(args[++at] ?? '');
    else if (word === '--rpm-rpmbuild-define') checkDefinition(args[++at] ?? '');
    else if (word === '--directories') owned.push(args[++at] ?? '');
    else if (KNOWN.includes(word)) options[word] = args[++at] ?? '';
    else if (word.startsWith('-')) throw new Error(`fpm.mjs does not know the option ${word}.`);
    else sources.push(word);
  }
  const packager = options['-t'] ?? '';
  if (!['deb', 'rpm'].includes(packager)) throw new Error(`fpm.mjs builds deb and rpm, not ${packager}.`);
  const wanted = options['--deb-compression'] ?? options['--rpm-compression'] ?? 'xz';
  const recompress = packager === 'deb' && wanted === 'xz' ? wanted : undefined;
  const compression = recompress ? 'none' : nameIn(COMPRESSIONS, wanted);
  const contents = sources.map(content);
  // A package of nfpm owns every folder of a tree.
  const others = owned.filter(folder => !contents.some(({ dst, type }) => type === 'tree' && dst === folder));
  if (others.length > 0) throw new Error(`fpm.mjs lets a package own only folders that it contains, not ${others}.`);
  return {
    packager,
    target: options['--package'] ?? '',
    recompress,
    config: {
      name: options['--name'],
      arch: nameIn(ARCHITECTURES, options['--architecture'] ?? ''),
      platform: 'linux',
      version: options['--version'],
      version_schema: 'none',
      release: options['--iteration'],
      section: options['--category'],
      priority: options['--deb-priority'],
      maintainer: options['--maintainer'],
      vendor: options['--vendor'],
      homepage: options['--url'],
      license: options['--license'],
      description: (options['--description'] ?? '').trim(),
      ...lists,
      contents,
      scripts: { postinstall: options['--after-install'], postremove: options['--after-remove'] },
      umask: 0o022,
      deb: packager === 'deb' ? { compression } : undefined,
      rpm: packager === 'rpm' ? { compression, summary: options['--rpm-summary'] } : undefined,
    },
  };
}

/** @param {string} definition */
function checkDefinition(definition) {
  if (!DEFINITIONS.includes(definition)) throw new Error(`fpm.mjs does not know the definition ${definition}.`);
}

/** @param {string} source `from=to`; a folder if `from` ends with a slash */
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
 * Runs a program. Throws if it is missing or fails; it has printed the error itself.
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} exited with code ${status}.`);
}

function main() {
  const { packager, target, recompress, config } = translate(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-fpm-'));
  try {
    const file = join(folder, 'nfpm.yaml'); // JSON is YAML
    writeFileSync(file, JSON.stringify(config));
    run(process.env['CACHIBOT_NFPM'] ?? 'nfpm', ['package', '-f', file, '-p', packager, '-t', target]);
    if (recompress === undefined) return;
    const unpacked = join(folder, 'deb');
    run('dpkg-deb', ['--raw-extract', target, unpacked]);
    run('dpkg-deb', [`-Z${recompress}`, '--root-owner-group', '--build', unpacked, target]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === String(pathToFileURL(process.argv[1] ?? ''))) main();
