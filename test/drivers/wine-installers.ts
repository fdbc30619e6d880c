/** Builds Windows installers for wine, on Linux, with an old but real Electron. */

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { MANIFEST } from '../../scripts/backend/manifest.mjs';
import { measureParts, type PartSize } from '../../scripts/dist/sizes.mjs';
import { testCertificate } from '../../scripts/offline/test-certificate.mjs';
import { packWindows } from '../../scripts/offline/windows-installers.mjs';
import {
  fakeServerIn,
  TOOL_SOURCES,
  unpackerIn,
  type WindowsTools,
  windowsTools,
} from '../../scripts/offline/windows-tools.mjs';
import { runTool, type Work } from '../../scripts/setup/tool.mjs';
import { copyFolder, rewriteAsar } from './apps';
import { ARTIFACTS, cachedArtifacts } from './artifact-cache';
import { type Build, VERSIONS } from './linux-installers';
import type { TestFeed } from './test-feed';

/** An installer for the update tests. */
export type WindowsBuild = Pick<Build, 'version' | 'file'>;

/** Installers of the clone's version and of an older one, signed with a test certificate. */
export interface SignedInstallers {
  now: string;
  older: string;
  /** The executable packed in `now`. */
  app: string;
  /** PEM. */
  certificate: string;
}

/** `npm run rehearse` takes the Windows installer from here. */
const REHEARSAL = join('release', 'rehearsal-windows');
/** electron-builder's name for the folder of the unpacked app. */
const UNPACKED = 'win-unpacked';

/**
 * Builds the installers unless they are cached.
 * @param server folder of a frozen server for Windows, for a rehearsal; by default they contain the fake server
 */
export async function signedInstallers(work: Work, server?: string): Promise<SignedInstallers> {
  const { root } = work;
  const [name, output] =
    server === undefined ? ['wine-signed', join(ARTIFACTS, 'wine-signed')] : ['wine-rehearsal', REHEARSAL];
  // The certificate is valid for two days.
  const options = { day: new Date().toISOString().slice(0, 10), versions: VERSIONS };
  const frozen = server === undefined ? [] : [join(server, MANIFEST)];
  const inputs = [...sources(root), join(root, 'out'), ...frozen];
  const files = await cachedArtifacts(root, { name, inputs, options }, () =>
    withTools(work, async tools => {
      const certificate = await testCertificate(work, join(root, ARTIFACTS, 'certificate'));
      const common = { certificate, ...(server === undefined ? {} : { server }) };
      const now = await packWindows(work, tools, { output, ...common });
      const app = join(root, output, UNPACKED);
      const older = await repack(work, tools, app, {
        version: VERSIONS.older,
        output: join(output, 'older'),
        ...common,
      });
      return [now, older, join(app, 'CachiBot.exe'), certificate.certificate];
    }),
  );
  await ensureTools(work);
  const [now = '', older = '', app = '', certificate = ''] = files;
  return { now, older, app, certificate };
}

interface Updatable {
  older: WindowsBuild;
  newer: WindowsBuild;
}

/** Like `Updatable`, with the frozen server. */
export interface Real extends Updatable {
  /** The packed app as a 7z archive, compressed with the settings of a release's installer. */
  payload: string;
  /** Sizes of the app's parts. */
  parts: readonly PartSize[];
}

/** Two versions of the shell without its windows, which this Electron is too old for. They update from the feed. */
export async function updatableInstallers(work: Work, feed: TestFeed): Promise<Updatable> {
  const [older = '', newer = ''] = await cachedUpdatable(work, feed, 'wine-updates');
  return { older: { version: VERSIONS.older, file: older }, newer: { version: VERSIONS.newer, file: newer } };
}

/**
 * The same two versions with a frozen server.
 * @param server its folder
 */
export async function realInstallers(work: Work, feed: TestFeed, server: string): Promise<Real> {
  const [older = '', newer = '', , , payload = '', parts = ''] = await cachedUpdatable(work, feed, 'wine-real', server);
  return {
    older: { version: VERSIONS.older, file: older },
    newer: { version: VERSIONS.newer, file: newer },
    payload,
    parts: JSON.parse(readFileSync(parts, 'utf8')),
  };
}

async function cachedUpdatable(
  work: Work,
  { updates }: TestFeed,
  name: string,
  server?: string,
): Promise<readonly string[]> {
  const { root } = work;
  const frozen = server === undefined ? [] : [join(server, MANIFEST)];
  const inputs = [...sources(root), join(root, 'desktop'), join(root, 'test', 'fixtures', 'windows-app'), ...frozen];
  const files = await cachedArtifacts(root, { name, inputs, options: { updates, versions: VERSIONS } }, () =>
    withTools(work, tools => packUpdatable(work, tools, { name, updates, server })),
  );
  await ensureTools(work);
  return files;
}

async function packUpdatable(
  work: Work,
  tools: WindowsTools,
  { name, updates, server }: { name: string; updates: TestFeed['updates']; server: string | undefined },
): Promise<string[]> {
  const { root } = work;
  const folder = join(ARTIFACTS, name);
  rmSync(join(root, folder), { recursive: true, force: true });
  const code = join(root, folder, 'code');
  await bundleCode(root, code);
  writeFileSync(join(root, folder, 'updates.json'), JSON.stringify(updates));
  const files = [
    { from: relative(root, code), to: 'out' },
    { from: folder, to: '.', filter: ['updates.json'] },
    'package.json',
    '!node_modules/**',
  ];
  const backend = server === undefined ? {} : { server };
  const first = { output: join(folder, 'older'), version: VERSIONS.older, config: { files }, ...backend };
  const older = await packWindows(work, tools, first);
  const app = join(root, first.output, UNPACKED);
  const newer = await repack(work, tools, app, { version: VERSIONS.newer, output: join(folder, 'newer'), ...backend });
  const measured = server === undefined ? [] : await measurePayload(work, app, join(root, folder));
  rmSync(app, { recursive: true }); // large, and no longer needed
  // A differential update needs a block map. electron-builder writes none for an uncompressed installer.
  const { buildBlockMap } = await import('app-builder-lib/out/targets/blockmap/blockmap.js');
  for (const file of [older, newer]) await buildBlockMap(file, 'gzip', `${file}.blockmap`);
  return [older, newer, `${older}.blockmap`, `${newer}.blockmap`, ...measured];
}

/** Compresses an app as a release's installer does, and measures its parts. Returns the paths of archive and sizes. */
async function measurePayload(work: Work, app: string, folder: string): Promise<string[]> {
  const { compute7zCompressArgs } = await import('app-builder-lib/out/targets/archive.js');
  const { configureDifferentialAwareArchiveOptions } = await import(
    'app-builder-lib/out/targets/differentialUpdateInfoBuilder.js'
  );
  const [payload, sizes] = [join(folder, 'payload.7z'), join(folder, 'parts.json')];
  const options = configureDifferentialAwareArchiveOptions({ withoutDir: true, installTimeDecodable: true });
  await runTool(work, '7za', [...compute7zCompressArgs('7z', options), payload, '.'], { cwd: app });
  writeFileSync(sizes, JSON.stringify(await measureParts(app)));
  return [payload, sizes];
}

/** Builds the installer of another version of a packed app. */
async function repack(
  work: Work,
  tools: WindowsTools,
  app: string,
  options: { version: string; output: string; server?: string; certificate?: { pfx: string; password: string } },
): Promise<string> {
  const copy = join(work.root, ARTIFACTS, 'wine-repacked');
  rmSync(copy, { recursive: true, force: true });
  copyFolder(app, copy);
  await rewriteAsar(join(copy, 'resources', 'app.asar'), folder => {
    const about = join(folder, 'package.json');
    const shipped = JSON.parse(readFileSync(about, 'utf8'));
    writeFileSync(about, JSON.stringify({ ...shipped, version: options.version }));
  });
  const file = await packWindows(work, tools, { ...options, prepackaged: copy });
  rmSync(copy, { recursive: true });
  return file;
}

async function withTools(work: Work, build: (tools: WindowsTools) => Promise<string[]>): Promise<string[]> {
  const tools = await windowsTools(work);
  try {
    const files = await build(tools);
    work.say(`  ${files.map(file => relative(work.root, file)).join(', ')}`);
    return files;
  } finally {
    await tools.close();
  }
}

/** Installs wine's unpacker, which cached installers need as well, and the fake server, which tests run. */
async function ensureTools(work: Work): Promise<void> {
  if (![unpackerIn, fakeServerIn].every(find => existsSync(find(work.root)))) await (await windowsTools(work)).close();
}

async function bundleCode(root: string, folder: string): Promise<void> {
  const sources = join(root, 'test', 'fixtures', 'windows-app');
  const { build } = await import('rolldown');
  mkdirSync(folder, { recursive: true });
  cpSync(join(sources, 'first.cjs'), join(folder, 'shell.js'));
  cpSync(join(sources, 'node-12.cjs'), join(folder, 'node-12.cjs'));
  await build({
    input: join(sources, 'main.ts'),
    platform: 'node',
    external: ['electron'],
    transform: { target: 'es2019' },
    output: { file: join(folder, 'app.cjs'), format: 'cjs' },
    logLevel: 'warn',
  });
}

/** Files that determine how the installers are built. */
export function sources(root: string): string[] {
  const shared = ['electron-builder.yml', 'package.json', 'build', 'scripts/dist', 'scripts/backend/manifest.mjs'];
  const offline = ['windows-installers.mjs', 'test-certificate.mjs'].map(name => `scripts/offline/${name}`);
  const drivers = ['apps.ts', 'wine-installers.ts'].map(name => `test/drivers/${name}`);
  return [...shared, ...offline, ...TOOL_SOURCES, ...drivers].map(path => join(root, path));
}
