// @ts-check
// The tools that make an AppImage, laid as electron-builder looks for them.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from '../backend/freeze.mjs';

/**
 * @typedef {object} AppImageTools each a path
 * @property {string} mksquashfs
 * @property {string} desktopFileValidate
 * @property {string} runtime for this machine's kind of processor
 * @property {string} runtimeLibraries a folder
 */

/**
 * What they do is other than electron-builder has it, which leaves it no setting. Blocks of 1 MB, compressed as well as
 * can be, make the AppImage a twentieth smaller. And the server's program, whose modules are compressed already, is stored
 * as it is: compressed once more, each of its blocks would be another one whenever a module before it changes, and would
 * be fetched with an update.
 * @param {string} folder made anew
 * @param {AppImageTools} tools
 * @param {'zstd' | 'xz' | 'gzip'} [compression] zstd is what electron-builder asks for; older runtimes lack it
 * @returns {string} for APPIMAGE_TOOLS_PATH
 */
export function layAppImageTools(folder, tools, compression = 'zstd') {
  const { mksquashfs, desktopFileValidate, runtime, runtimeLibraries } = tools;
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['runtimes', 'lib']) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(runtime, join(folder, 'runtimes', `runtime-${process.arch}`));
  symlinkSync(runtimeLibraries, join(folder, 'lib', process.arch));
  symlinkSync(desktopFileValidate, join(folder, 'desktop-file-validate'));
  const level = compression === 'zstd' ? '-Xcompression-level 22' : '';
  const script = `#!/bin/sh
for word; do
  shift
  [ "$word" = zstd ] && word=${compression}
  set -- "$@" "$word"
done
exec '${mksquashfs}' "$@" ${level} -b 1M -action 'uncompressed@name(${PROGRAM})'
`;
  writeFileSync(join(folder, 'mksquashfs'), script, { mode: 0o755 });
  return folder;
}

/**
 * electron-builder's own, which it downloads.
 * @param {string} root whose electron-builder.yml says which
 * @returns {Promise<AppImageTools>}
 */
export async function officialAppImageTools(root) {
  const { getAppImageTools } = await import('app-builder-lib/out/toolsets/linux.js');
  const { Arch } = await import('electron-builder');
  const { parse } = await import('yaml');
  const { toolsets } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  return getAppImageTools(toolsets.appimage, Arch[/** @type {'x64' | 'arm64'} */ (process.arch)]);
}
