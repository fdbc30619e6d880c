// @ts-check
import { readdirSync } from 'node:fs';
import { isInstaller } from '../dist/sizes.mjs';
import { MANIFEST_NAME } from './manifests.mjs';

/** What each system adds to a complete release. */
const EXPECTED = /** @type {Record<string, RegExp[]>} */ ({
  linux: [/\.AppImage$/, /\.deb$/, /\.rpm$/, /^(latest|beta)-linux\.yml$/],
  windows: [/-x64\.exe$/, /-x64\.exe\.blockmap$/, /-arm64\.exe$/, /^(latest|beta)\.yml$/],
  macos: [/-x64\.dmg$/, /-arm64\.dmg$/, /-x64\.zip$/, /-arm64\.zip$/, /^(latest|beta)-mac\.yml$/],
});

/**
 * The files of a release in a folder; whatever else lies there is none of its business.
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
 * Why these may not be published, one line each: a part is missing, a rehearsal is among them, or a build without the
 * signature its system asks for, unless that was said aloud.
 * @param {readonly string[]} names
 * @param {{ systems?: readonly string[], unsigned?: boolean }} [allowed]
 */
export function objections(names, { systems = Object.keys(EXPECTED), unsigned = false } = {}) {
  const missing = systems.flatMap(system =>
    (EXPECTED[system] ?? [])
      .filter(pattern => !names.some(name => pattern.test(name)))
      .map(pattern => `Nothing for ${system} fits ${pattern.source}.`),
  );
  const rehearsed = names.filter(name => name.includes('rehearsal')).map(name => `${name} is a rehearsal.`);
  const unsealed = names.filter(name => name.includes('unsigned')).map(name => `${name} is not signed.`);
  return [...missing, ...rehearsed, ...(unsigned ? [] : unsealed)];
}
