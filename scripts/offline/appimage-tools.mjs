// @ts-check
// The tools that build an AppImage, in the folder layout that electron-builder expects.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The server's file of modules, as `frozen_modules.py` names it. */
const MODULES = 'modules.pyz';

/**
 * @typedef {object} AppImageTools paths of the tools
 * @property {string} mksquashfs
 * @property {string} desktopFileValidate
 * @property {string} runtime for this machine's architecture
 * @property {string} runtimeLibraries a folder
 */

/**
 * Links the tools into a folder, with a wrapper of mksquashfs that changes options which electron-builder cannot
 * configure. Blocks of 1 MB and the highest compression level make the AppImage 5 % smaller. The server's file of
 * modules, which are compressed already, is stored uncompressed: otherwise a changed module would change all compressed
 * blocks after it, and an update would download them.
 * @param {string} folder is replaced
 * @param {AppImageTools} tools
 * @param {'zstd' | 'xz' | 'gzip'} [compression] replaces electron-builder's zstd, which older runtimes lack
 * @returns {string} the value of APPIMAGE_TOOLS_PATH
 */
export function installAppImageTools(folder, tools, compression = 'zstd') {
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
exec '${mksquashfs}' "$@" ${level} -b 1M -action 'uncompressed@name(${MODULES})'
`;
  writeFileSync(join(folder, 'mksquashfs'), script, { mode: 0o755 });
  return folder;
}

/**
 * Returns electron-builder's own tools, which it downloads.
 * @param {string} root clone; its electron-builder.yml has their version
 * @returns {Promise<AppImageTools>}
 */
export async function officialAppImageTools(root) {
  const { getAppImageTools } = await import('app-builder-lib/out/toolsets/linux.js');
  const { Arch } = await import('electron-builder');
  const { parse } = await import('yaml');
  const { toolsets } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  return getAppImageTools(toolsets.appimage, Arch[/** @type {'x64' | 'arm64'} */ (process.arch)]);
}
