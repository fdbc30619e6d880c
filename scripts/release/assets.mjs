// @ts-check
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasSignature } from '../dist/portable-executable.mjs';
import { isInstaller } from '../dist/sizes.mjs';
import { MANIFEST_NAME } from './manifests.mjs';

/** Patterns of the files that a complete release has for each system. */
const EXPECTED = /** @type {Record<string, RegExp[]>} */ ({
  linux: [/\.AppImage$/, /\.deb$/, /\.rpm$/, /^(latest|beta)-linux\.yml$/],
  windows: [/-x64\.exe$/, /-x64\.exe\.blockmap$/, /-arm64\.exe$/, /^(latest|beta)\.yml$/],
  macos: [/-x64\.dmg$/, /-arm64\.dmg$/, /-x64\.zip$/, /-arm64\.zip$/, /^(latest|beta)-mac\.yml$/],
});

/**
 * Returns the names of a release's files in a folder; ignores other files.
 * @param {string} folder
 * @returns {{ installers: string[], manifests: string[], all: string[] }}
 */
export function assetsIn(folder) {
  const names = readdirSync(folder, { withFileTypes: true }).flatMap(entry => (entry.isFile() ? [entry.name] : []));
  const installers = names.filter(isInstaller).sort();
  const manifests = names.filter(name => MANIFEST_NAME.test(name)).sort();
  const others = names.filter(name => /\.(blockmap|cdx\.json)$/.test(name) || /\.yml\.sig$/.test(name)).sort();
  return { installers, manifests, all: [...installers, ...others, ...manifests] };
}

/**
 * Returns reasons why assets must not be published, one line each: a file is missing, is a rehearsal, or lacks the
 * signature that its system requires.
 * @param {readonly string[]} names
 * @param {{ systems?: readonly string[], unsigned?: boolean }} [allowed] `unsigned`: allows files without signature
 */
export function assetProblems(names, { systems = Object.keys(EXPECTED), unsigned = false } = {}) {
  const missing = systems.flatMap(system =>
    (EXPECTED[system] ?? [])
      .filter(pattern => !names.some(name => pattern.test(name)))
      .map(pattern => `No file for ${system} matches ${pattern.source}.`),
  );
  const rehearsed = names.filter(name => name.includes('rehearsal')).map(name => `${name} is a rehearsal.`);
  const notSigned = names.filter(name => name.includes('unsigned')).map(name => `${name} is not signed.`);
  return [...missing, ...rehearsed, ...(unsigned ? [] : notSigned)];
}

/**
 * Returns the problems with the signatures of the installers for Windows in a folder, one line each: whatever their names
 * and the settings of the build say, the files must have one.
 * @param {string} folder
 */
export function unsignedInstallers(folder) {
  const programs = assetsIn(folder).installers.filter(name => name.endsWith('.exe') && !name.includes('unsigned'));
  return programs.filter(name => hasSignature(join(folder, name)) !== true).map(name => `${name} has no signature.`);
}
