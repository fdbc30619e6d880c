// @ts-check
import { readdirSync } from 'node:fs';
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
