// @ts-check
// package.json says which version this is. Whatever else names it is checked, and `prepare` changes all of them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {{ where: string, version: string | undefined }} Named */

const METAINFO = 'build/linux/org.cachibot.desktop.metainfo.xml';

/** @param {string} root */
export function versionOf(root) {
  return String(json(root, 'package.json').version);
}

/**
 * Every place in the clone that names the version.
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
 * One line for each place that names another version than the first; empty when all agree.
 * @param {readonly Named[]} named
 */
export function disagreements([first, ...others]) {
  return others
    .filter(({ version }) => version !== first?.version)
    .map(({ where, version }) => `${where} says ${version ?? 'nothing'}, ${first?.where} ${first?.version}.`);
}

/**
 * Makes everything name a new version; what has changed is written down by users, under a heading of its own.
 * @param {string} root
 * @param {string} version
 * @param {string} date as 2026-01-31
 */
export function prepare(root, version, date) {
  if (!/^\d+\.\d+\.\d+(-beta\.\d+)?$/.test(version))
    throw new UserError(`${version} is no version of this app.`, 'One is 1.2.3, or 1.2.3-beta.1 for the beta channel.');
  const old = versionOf(root);
  if (compare(version, old) <= 0) throw new UserError(`${version} is not newer than ${old}.`, 'Choose a newer one.');
  if (!new RegExp(`^## ${version.replaceAll('.', '\\.')}$`, 'm').test(text(root, 'CHANGELOG.md')))
    throw new UserError(`CHANGELOG.md has no heading “## ${version}”.`, 'Write first what users will notice.');
  edit(root, 'package.json', before => before.replace(`"version": "${old}"`, `"version": "${version}"`));
  const lock = json(root, 'package-lock.json');
  lock.version = version;
  lock.packages[''].version = version;
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`);
  // Software centres offer a release that is not called a development's to everybody.
  const type = version.includes('-') ? ' type="development"' : '';
  edit(root, METAINFO, before =>
    before.replace(/<release [^>]*>/, `<release version="${version}"${type} date="${date}"/>\n    $&`),
  );
}

/**
 * The notes of a version: what stands under its heading.
 * @param {string} changelog
 * @param {string} version
 */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find(each => each.split('\n')[0]?.trim() === version);
  return section?.slice(section.indexOf('\n')).trim() ?? '';
}

/**
 * Less than 0 when `a` is older than `b`. A beta is older than the version it leads to.
 * @param {string} a
 * @param {string} b
 */
export function compare(a, b) {
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
