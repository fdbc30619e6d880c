/** If a step of a recipe in CONTRIBUTING.md is omitted, the code does not compile or a test fails. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults, settingKey } from '../../desktop/settings/core/settings';
import { compilerOf } from '../../scripts/setup/build.mjs';

const ROOT = join(__dirname, '..', '..');

/** The first step of each recipe: file, preceding text, and the added line. */
const FIRST_STEPS = [
  ['desktop/ipc/core/contract.ts', 'export interface Requests {', "'test:request': () => void;"],
  ['desktop/settings/core/settings.ts', 'export interface Settings {', 'testSetting: boolean;'],
  ['desktop/server/core/state.ts', 'export type Failure =', "| { kind: 'test-failure' }"],
  ['desktop/server/core/exit-codes.ts', 'export const KNOWN_FAILURE_CODES = [', '99,'],
] as const;

describe('the first step of a recipe does not compile alone', () => {
  const copy = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  let errors: string[] = [];

  beforeAll(() => {
    const sources = (file: string) => !file.includes('cachibot_desktop');
    cpSync(join(ROOT, 'desktop'), join(copy, 'desktop'), { recursive: true, filter: sources });
    cpSync(join(ROOT, 'tsconfig.json'), join(copy, 'tsconfig.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    for (const [file, after, line] of FIRST_STEPS) {
      const source = readFileSync(join(copy, file), 'utf8');
      expect(source.split(after), `${file} has one ${after}`).toHaveLength(2);
      writeFileSync(join(copy, file), source.replace(after, `${after}\n${line}`));
    }
    const args = [compilerOf(ROOT), '-p', copy, '--noEmit', '--pretty', 'false'];
    errors = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })
      .stdout.split('\n')
      .filter(line => line.includes('error TS'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const filesNaming = (text: string) =>
    [...new Set(errors.filter(line => line.includes(text)).map(line => line.split('(')[0]))].sort();

  it('a new request lacks its allowed sender, its handler and its bridge', () => {
    expect(filesNaming('test:request')).toEqual([
      'desktop/ipc/core/contract.ts',
      'desktop/ipc/handlers.ts',
      'desktop/preload/bridge.ts',
    ]);
  });

  it('a new setting lacks its rule, its default, its control and its words', () => {
    expect(errors.filter(line => line.includes('testSetting'))).toHaveLength(4);
    expect(filesNaming('testSetting')).toEqual([
      'desktop/settings/core/controls.ts',
      'desktop/settings/core/settings.ts',
      'desktop/window/core/settings-view.ts',
    ]);
  });

  it('a new failure and a new exit code lack their words', () => {
    const words = errors.filter(line => line.startsWith('desktop/window/core/screen.ts'));
    expect(words.join('\n')).toContain("'99'");
    expect(words.length).toBeGreaterThan(1);
  });
});

it('a setting that the page does not offer is described in README.md', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const onlyInTheFile = Object.keys(defaults()).filter(key => {
    try {
      return settingKey(key) === undefined;
    } catch {
      return true;
    }
  });
  expect(onlyInTheFile.filter(key => !readme.includes(`\`${key}\``))).toEqual([]);
  expect(onlyInTheFile).toContain('openV1');
});
