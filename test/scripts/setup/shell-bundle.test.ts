/** The files in which the build joins the modules of the main process, and their source maps. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withSourceLines } from '../../../scripts/setup/source-lines.mjs';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

const ROOT = join(__dirname, '../../..');
const OUT = join(ROOT, 'out');
const LAZY = 'const lazy_require_1 = { lazyRequire: load => load };';

interface Package {
  dependencies: Record<string, string>;
}

function bundleNames(folder: string): string[] {
  return readdirSync(folder).filter(name => /^shell.*\.js$/.test(name));
}

function sourcesOf(name: string): string[] {
  return (JSON.parse(readFileSync(join(OUT, `${name}.map`), 'utf8')) as { sources: string[] }).sources;
}

/** Joins modules as the build does, and returns the folder, in which only the joined files are left. */
function joinModules(modules: { 'main.js': string; 'app.js': string } & Record<string, string>): string {
  const folder = createTemporaryFolder();
  for (const [name, code] of Object.entries(modules)) writeFileSync(join(folder, name), code);
  const config = join('scripts', 'setup', 'shell.rolldown.mjs');
  const bundler = join('node_modules', 'rolldown', 'bin', 'cli.mjs');
  execFileSync(process.execPath, [bundler, '--config', config, '--dir', folder], { cwd: ROOT, stdio: 'pipe' });
  for (const name of Object.keys(modules)) rmSync(join(folder, name));
  return folder;
}

function placeOf(file: string, text: string): { line: number; column: number } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex(line => line.includes(text));
  return { line: at + 1, column: (lines[at] ?? '').indexOf(text) + 1 };
}

it('contains modules of the shell only, each once', () => {
  const sources = bundleNames(OUT)
    .filter(name => name !== 'shell-runtime.js')
    .flatMap(sourcesOf);
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter(path => !/^\.\.\/desktop\/.*\.ts$|^(log|updates)\/core\/.*\.json$/.test(path))).toEqual([]);
  expect(new Set(sources).size).toBe(sources.length);
  for (const name of bundleNames(OUT))
    expect(readFileSync(join(OUT, name), 'utf8')).not.toMatch(/^\/\/ .*node_modules/m);
});

it('has in its first file only modules that the spawn of the server needs', () => {
  const first = sourcesOf('shell-start.js');
  // The log's writer is loaded at its first line.
  expect(first).toEqual(expect.arrayContaining(['../desktop/server/supervisor.ts', '../desktop/log/log-writer.ts']));
  for (const path of ['../desktop/app.ts', '../desktop/window/windows.ts', '../desktop/updates/updater.ts'])
    expect(first).not.toContain(path);
  expect(sourcesOf('shell-window.js')).toContain('../desktop/window/main-window.ts');
  expect(sourcesOf('shell-later.js')).toContain('../desktop/backups/dialogs.ts');
});

it('reads a file when one of its modules is first used, and creates each module once', () => {
  const folder = joinModules({
    'main.js': `${LAZY} const shared = require("./shared");
      const app = (0, lazy_require_1.lazyRequire)(() => require("./app"));
      const later = (0, lazy_require_1.lazyRequire)(() => require("./later"));
      const read = () => Object.keys(require.cache).map(path => require('node:path').basename(path)).sort();
      shared.count += 1; const first = read(); app().run(); const second = read(); later().run();
      console.log(JSON.stringify({ count: shared.count, first, second, third: read() }));`,
    'shared.js': 'exports.count = 0;',
    'app.js': 'const shared = require("./shared"); exports.run = () => { shared.count += 10; };',
    'later.js': 'const shared = require("./shared"); exports.run = () => { shared.count += 100; };',
  });
  const first = ['shell-runtime.js', 'shell-start.js', 'shell.js'];
  const second = ['shell-runtime.js', 'shell-start.js', 'shell-window.js', 'shell.js'];
  const third = ['shell-later.js', ...second];
  const output = execFileSync(process.execPath, [join(folder, 'shell.js')], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ count: 111, first, second, third });
});

it('loads each package of the app when it runs, by any of its paths', () => {
  const packages = Object.keys((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package).dependencies);
  const calls = [...packages, 'electron-updater/out/AppUpdater', 'electron', 'original-fs', 'node:fs'];
  const folder = joinModules({
    'main.js': `require("./module");`,
    'module.js': calls.map(name => `console.log(require('${name}'));\n`).join(''),
    'app.js': '',
  });
  const code = bundleNames(folder)
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  for (const name of calls) expect(code).toContain(`require("${name}")`);
  expect(code).not.toContain('node_modules');
});

it.for([
  { file: 'shell-window.js', text: 'function exitOnCrash(', source: 'desktop/startup/lifecycle.ts' },
  { file: 'shell-start.js', text: 'function createBackendHost(', source: 'desktop/server/child-process.ts' },
  { file: 'shell.js', text: 'function checkDisplay(', source: 'desktop/main.ts' },
])('leads from a stack in $file to the sources', ({ file, text, source }) => {
  const { line, column } = placeOf(join(OUT, file), text);
  const stack = `    at it (/opt/CachiBot/resources/app.asar/out/${file}:${line}:${column})\n    at node:timers:1:1\n`;
  const from = `    at it (${source}:${placeOf(join(ROOT, source), text).line}:`;
  expect(withSourceLines(stack, OUT).startsWith(from)).toBe(true);
});

it('leaves places that it does not know as they are', () => {
  const unknown = 'at shell-none.js:1:1, at other.js:1:1';
  expect(withSourceLines(`at shell.js:99999999:1, ${unknown}`, OUT)).toContain(unknown);
});
