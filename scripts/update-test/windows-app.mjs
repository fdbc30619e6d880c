// @ts-check
// The Windows installers that are updated: real ones, of the shell without its windows in an old but real Electron.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packWindows } from '../dist/windows-rehearsal.mjs';
import { windowsTools } from '../dist/windows-tools.mjs';

const VERSIONS = { one: '1.0.0', two: '2.0.0' };

/**
 * @param {import('../setup/tool.mjs').Work} work
 * @param {string} updates the folder of their `updates.json`
 */
export async function packForWindows(work, updates) {
  const { root, say } = work;
  const app = join(root, '.setup', 'update-test', 'windows-app');
  await layApp(root, app);
  const tools = await windowsTools(work);
  /** @param {keyof typeof VERSIONS} name */
  const pack = async name => {
    const output = join('release', `rehearsal-update-windows-${name}`);
    const files = [
      { from: relative(root, app), to: 'out' },
      { from: relative(root, updates), to: '.', filter: ['updates.json'] },
      'package.json',
      '!node_modules/**',
    ];
    const file = await packWindows(work, tools, { output, version: VERSIONS[name], config: { files } });
    // By which the next version is fetched in parts. The installer is not compressed here, so electron-builder makes none.
    const { buildBlockMap } = await import('app-builder-lib/out/targets/blockmap/blockmap.js');
    await buildBlockMap(file, 'gzip', `${file}.blockmap`);
    say(`  Windows ${VERSIONS[name]}: ${relative(root, file)}`);
    rmSync(join(root, output, 'win-unpacked'), { recursive: true }); // large, and of no more use
    return { version: VERSIONS[name], file };
  };
  try {
    return { one: await pack('one'), two: await pack('two') };
  } finally {
    await tools.close();
  }
}

/** @param {string} root @param {string} folder */
async function layApp(root, folder) {
  const sources = join(root, 'test', 'fixtures', 'windows-app');
  const { build } = await import('rolldown');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(sources, 'first.cjs'), join(folder, 'main.js'));
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
