/** While a restore of a backup is half done, the app leaves the page's storage to it. */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepPageStorage, recoverPageStorage } from '../../../desktop/backups/page-storage-recovery';
import { isMovingFiles } from '../../../desktop/backups/restore-journal';

const FIXTURE = join(__dirname, '../../fixtures/leveldb');

let folder: string;
let data: string;
let journal: string;
let storage: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-journal-'));
  data = join(folder, '.cachibot');
  journal = join(data, 'restore.json');
  storage = join(folder, 'profile/Partitions/cachibot/Local Storage');
  lines = [];
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = () => ({ profile: join(folder, 'profile'), data, log: (line: string) => void lines.push(line) });
const enter = (phase: string) => writeFileSync(journal, JSON.stringify({ phase, units: [] }));
const MOVING = ['swapping', 'undoing'];
const NOT_MOVING = ['staged', 'restored'];

it('knows the phases that the server writes', () => {
  const source = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/backups/journal.py'), 'utf8');
  const [, phases = ''] = /^STAGED, SWAPPING, RESTORED, UNDOING = (.*)$/m.exec(source) ?? [];
  expect(JSON.parse(`[${phases}]`).sort()).toEqual([...MOVING, ...NOT_MOVING].sort());
});

it.each(MOVING)('puts no copy where the storage was moved away: %s', async phase => {
  cpSync(FIXTURE, join(storage, 'leveldb'), { recursive: true });
  await keepPageStorage(options());
  rmSync(storage, { recursive: true });
  enter(phase);
  expect(await recoverPageStorage(options())).toBeUndefined();
  expect(existsSync(storage)).toBe(false);
  expect(lines).toEqual(['the page’s storage is neither checked nor copied: a backup is not fully restored yet']);

  rmSync(journal);
  expect((await recoverPageStorage(options()))?.copiedMs).toBeDefined();
  expect(existsSync(storage)).toBe(true);
});

it.each(MOVING)('makes no copy of storage that Chromium has created again: %s', async phase => {
  cpSync(FIXTURE, join(storage, 'leveldb'), { recursive: true });
  enter(phase);
  await keepPageStorage(options());
  expect(readdirSync(join(storage, '..'))).toEqual(['Local Storage']);
});

it.each(NOT_MOVING)('allows copies in the phase %s, in which no file is moved', phase => {
  enter(phase);
  expect(isMovingFiles(data)).toBe(false);
});

it.each(['', '{', 'null', '"swapping"', '[]'])('ignores a damaged journal, which the server reports: %s', content => {
  writeFileSync(journal, content);
  expect(isMovingFiles(data)).toBe(false);
});

it('does not wait for a pipe in the place of the journal', { tags: 'posix' }, () => {
  execFileSync('mkfifo', [journal]);
  expect(isMovingFiles(data)).toBe(false);
});
