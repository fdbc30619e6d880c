/** Packed apps for tests: the one that `npm run dist -- --dir` builds, and modified copies of it. */

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createPackage, extractAll, extractFile } from '@electron/asar';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { frozenServer } from '../../scripts/dist/frozen-server.mjs';
import { packFolder } from '../../scripts/dist/pack.mjs';
import { outputs, type UnpackedApp, unpackedAppIn } from '../../scripts/dist/unpacked-app.mjs';
import { requiredEnv } from './required-env';

/** Differences between the packed app and a copy of it. */
export interface Change {
  version?: string;
  /** Content of the copy's `updates.json`: the feed's address, and the keys its manifests are signed with. */
  updates?: object;
  /** Creates another server in `folder`, in place of the frozen one. */
  replaceServer?: (folder: string) => void;
}

/**
 * The packed app of this clone with its frozen server, as `npm run dist -- --dir` builds it. Packs it again when the
 * code is newer than the packed app.
 * @throws UserError when there is no frozen server
 */
export async function packedApp(root: string): Promise<UnpackedApp> {
  const upToDate = newestUpToDate(root);
  if (upToDate !== undefined) return upToDate;
  const logFile = join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'dist.log');
  const work = { root, title: 'Packing of the app', logFile, say: console.log };
  return (await packFolder(work, { electron: requiredEnv('CACHIBOT_TEST_ELECTRON') })).app;
}

function newestUpToDate(root: string): UnpackedApp | undefined {
  const sources = [
    ...readdirSync(join(root, 'out'), { recursive: true, encoding: 'utf8' }).map(name => join(root, 'out', name)),
    ...['package.json', 'electron-builder.yml'].map(name => join(root, name)),
    join(frozenServer(root), 'manifest.json'),
  ];
  const changed = Math.max(...sources.map(file => statSync(file).mtimeMs));
  return [outputs.release, outputs.rehearsal]
    .flatMap(output => unpackedAppIn(join(root, output)) ?? [])
    .find(({ resources }) => {
      const code = join(resources, 'app.asar');
      return existsSync(code) && statSync(code).mtimeMs > changed;
    });
}

/**
 * Copies `app` into `folder`, lets Playwright automate the copy, and marks it as a test build; released apps cannot be
 * automated. Unchanged files are hard links where the file system allows it: replace them, never write into them.
 */
export async function automatableCopy(app: UnpackedApp, folder: string, change: Change = {}): Promise<UnpackedApp> {
  const copy = copyApp(app, folder);
  breakHardLink(copy.executable);
  await flipFuses(copy.executable, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  await changeCode(join(copy.resources, 'app.asar'), change);
  if (change.replaceServer) {
    const server = join(copy.resources, 'backend');
    rmSync(server, { recursive: true });
    change.replaceServer(server);
  }
  return copy;
}

/**
 * Copies `app` into `folder`. The files are hard links where the file system allows it: replace them, never write into
 * them.
 */
export function copyApp(app: UnpackedApp, folder: string): UnpackedApp {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  copyFolder(dirname(app.executable), folder);
  const moved = (path: string) => join(folder, relative(dirname(app.executable), path));
  return { executable: moved(app.executable), resources: moved(app.resources) };
}

/** Copies a folder by hard links, or file by file where the file system has none. */
export function copyFolder(from: string, to: string): void {
  if (spawnSync('cp', ['-al', from, to]).status === 0) return;
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** Replaces a hard link by a real copy, so that later writes change this copy alone. */
function breakHardLink(file: string): void {
  const copy = `${file}.own`;
  copyFileSync(file, copy);
  renameSync(copy, file);
}

/** @returns why a build made with this app must not be released; undefined if it may */
export function rehearsalReason({ resources }: UnpackedApp): string | undefined {
  const { rehearsal } = JSON.parse(extractFile(join(resources, 'app.asar'), 'package.json').toString('utf8'));
  return rehearsal;
}

async function changeCode(asar: string, { version, updates, replaceServer }: Change): Promise<void> {
  await rewriteAsar(asar, folder => {
    const about = join(folder, 'package.json');
    const shipped = JSON.parse(readFileSync(about, 'utf8'));
    const reasons = [
      shipped.rehearsal,
      ...(replaceServer ? ['a server that is not the clone’s own'] : []),
      'tests can drive it',
      ...(updates ? ['a feed of updates for tests'] : []),
      ...(version === undefined ? [] : ['another version than the clone’s']),
    ];
    const rehearsal = reasons.filter(Boolean).join(', ');
    writeFileSync(about, JSON.stringify({ ...shipped, ...(version === undefined ? {} : { version }), rehearsal }));
    if (updates) writeFileSync(join(folder, 'updates.json'), JSON.stringify(updates));
  });
}

/** Changes the content of an asar archive. It becomes a new file, so hard links to the old one are unaffected. */
export async function rewriteAsar(asar: string, change: (folder: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-asar-'));
  try {
    extractAll(asar, folder);
    change(folder);
    rmSync(asar);
    await createPackage(folder, asar);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
