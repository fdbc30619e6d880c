// @ts-check
// The version of the app: package.json has it, and other files must have the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {{ where: string, version: string | undefined }} Named */

const METAINFO = 'build/linux/org.cachibot.desktop.metainfo.xml';

/**
 * Returns the version in package.json.
 * @param {string} root
 */
export function versionOf(root) {
  return String(json(root, 'package.json').version);
}

/**
 * Returns the version in each file that contains it.
 * @param {string} root
 * @returns {Named[]}
 */
export function versionsIn(root) {
  const lock = json(root, 'package-lock.json');
  return [
    { where: 'package.json', version: versionOf(root) },
    { where: 'package-lock.json', version: lock.version },
    { where: 'package-lock.json, its first package', version: lock.packages[''].version },
    { where: 'CHANGELOG.md, first heading', version: /^## (\S+)/m.exec(text(root, 'CHANGELOG.md'))?.[1] },
    { where: METAINFO, version: /<release version="([^"]+)"/.exec(text(root, METAINFO))?.[1] },
  ];
}

/**
 * Returns a line for each version that differs from the first.
 * @param {readonly Named[]} named
 */
export function versionMismatches([first, ...others]) {
  return others
    .filter(({ version }) => version !== first?.version)
    .map(({ where, version }) => `${where} has ${version ?? 'no version'}, but ${first?.where} has ${first?.version}.`);
}

/**
 * Sets the version in all files but the changelog, whose section a maintainer must have written. Throws a UserError if the
 * section is missing, or the version is not newer.
 * @param {string} root
 * @param {string} version
 * @param {string} date such as 2026-01-31
 */
export function setVersion(root, version, date) {
  if (!/^\d+\.\d+\.\d+(-beta\.\d+)?$/.test(version))
    throw new UserError(
      `${version} is not a valid version.`,
      'Use a version such as 1.2.3, or 1.2.3-beta.1 for the beta channel.',
    );
  const old = versionOf(root);
  if (compareVersions(version, old) <= 0)
    throw new UserError(`${version} is not newer than ${old}.`, 'Choose a newer version.');
  if (!new RegExp(`^## ${version.replaceAll('.', '\\.')}$`, 'm').test(text(root, 'CHANGELOG.md')))
    throw new UserError(
      `CHANGELOG.md has no heading “## ${version}”.`,
      'First add it, with the changes that users will notice.',
    );
  edit(root, 'package.json', before => before.replace(`"version": "${old}"`, `"version": "${version}"`));
  const lock = json(root, 'package-lock.json');
  lock.version = version;
  lock.packages[''].version = version;
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`);
  // Software centres offer every release to all users, unless its type is `development`.
  const type = version.includes('-') ? ' type="development"' : '';
  edit(root, METAINFO, before =>
    before.replace(/<release [^>]*>/, `<release version="${version}"${type} date="${date}"/>\n    $&`),
  );
}

/**
 * Returns the section of a version in the changelog, without its heading.
 * @param {string} changelog
 * @param {string} version
 */
export function changelogSection(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find(each => each.split('\n')[0]?.trim() === version);
  return section?.slice(section.indexOf('\n')).trim() ?? '';
}

/**
 * Compares two versions: less than 0 if `a` is older than `b`. A beta is older than its final version.
 * @param {string} a
 * @param {string} b
 */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map(version => {
    const [main = '', beta] = version.split('-beta.');
    return [...main.split('.').map(Number), beta === undefined ? Number.POSITIVE_INFINITY : Number(beta)];
  });
  for (const [index, number] of (left ?? []).entries()) {
    const other = right?.[index] ?? 0;
    if (number !== other) return number < other ? -1 : 1;
  }
  return 0;
}

/**
 * @param {string} root
 * @param {string} file
 * @param {(before: string) => string} change
 */
function edit(root, file, change) {
  writeFileSync(join(root, file), change(text(root, file)));
}

/**
 * @param {string} root
 * @param {string} file
 */
function text(root, file) {
  return readFileSync(join(root, file), 'utf8');
}

/**
 * @param {string} root
 * @param {string} file
 */
function json(root, file) {
  return JSON.parse(text(root, file));
}
