/** The file in which the build joins the modules of the main process, and its source map. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withSourceLines } from '../../../scripts/setup/source-lines.mjs';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

const ROOT = join(__dirname, '../../..');
const SHELL = join(ROOT, 'out', 'shell.js');
const MAP = readFileSync(`${SHELL}.map`, 'utf8');

interface Package {
  dependencies: Record<string, string>;
}

function placeOf(file: string, text: string): { line: number; column: number } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex(line => line.includes(text));
  return { line: at + 1, column: (lines[at] ?? '').indexOf(text) + 1 };
}

it('contains modules of the shell only', () => {
  const { sources } = JSON.parse(MAP) as { sources: string[] };
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter(path => !/^\.\.\/desktop\/.*\.ts$|^(log|updates)\/core\/.*\.json$/.test(path))).toEqual([]);
  expect(readFileSync(SHELL, 'utf8')).not.toMatch(/^\/\/ .*node_modules/m);
});

it('loads each package of the app when it runs, by any of its paths', () => {
  const folder = createTemporaryFolder();
  const packages = Object.keys((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package).dependencies);
  const calls = [...packages, 'electron-updater/out/AppUpdater', 'electron', 'original-fs', 'node:fs'];
  writeFileSync(join(folder, 'main.js'), calls.map(name => `console.log(require('${name}'));\n`).join(''));
  const config = join('scripts', 'setup', 'shell.rolldown.mjs');
  const bundler = join('node_modules', 'rolldown', 'bin', 'cli.mjs');
  execFileSync(process.execPath, [bundler, '--config', config, '--file', join(folder, 'shell.js')], { cwd: ROOT });
  const code = readFileSync(join(folder, 'shell.js'), 'utf8');
  for (const name of calls) expect(code).toContain(`require("${name}")`);
  expect(code).not.toContain('node_modules');
});

it('leads from a stack to the sources', () => {
  const { line, column } = placeOf(SHELL, 'function exitOnCrash(');
  const stack = `    at exitOnCrash (/opt/CachiBot/resources/app.asar/out/shell.js:${line}:${column})\n    at node:timers:1:1\n`;
  const source = 'desktop/startup/lifecycle.ts';
  const from = `    at exitOnCrash (${source}:${placeOf(join(ROOT, source), 'export function exitOnCrash(').line}:`;
  expect(withSourceLines(stack, MAP).startsWith(from)).toBe(true);
});

it('leaves places that it does not know as they are', () => {
  expect(withSourceLines('at shell.js:99999999:1, at other.js:1:1', MAP)).toContain('at other.js:1:1');
});
