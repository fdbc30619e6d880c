import { describe, expect, it } from 'vitest';
import {
  failedNotice,
  isDownloadAction,
  progressOf,
  REFUSED,
  runningNotice,
  safeFileName,
  savedNotice,
} from '../../../../desktop/window/core/downloads';
import { words } from '../../../../desktop/words/en';

const { fallbackName, saving, saved, notSaved, refused } = words.downloads;
const { diskFull, notAllowed, folderGone, diskSilent, interrupted } = words.downloads;

describe('the name of a file', () => {
  it.each([
    ['chat.json', 'chat.json'],
    ['Übersicht 日本語 😀.pdf', 'Übersicht 日本語 😀.pdf'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['a\u200b\u0000\nb\ud83d.txt', 'ab.txt'],
    ['a/b\\c:d*e?f"g<h>i|j.txt', 'a_b_c_d_e_f_g_h_i_j.txt'],
    ['two  words\u00a0here.txt', 'two words here.txt'],
    ['.bashrc', 'bashrc'],
    ['../../x', '_.._x'],
    [' name. . ', 'name'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['com1.tar.gz', '_com1.tar.gz'],
    ['LPT9', '_LPT9'],
    ['console.log', 'console.log'],
    ['com10.txt', 'com10.txt'],
    ['my con.txt', 'my con.txt'],
    ['', fallbackName],
    ['...', fallbackName],
    ['\u202e', fallbackName],
  ])('%j becomes %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it.each([
    ['a'.repeat(200), 'a'.repeat(200)],
    ['a'.repeat(201), 'a'.repeat(200)],
    [`${'a'.repeat(300)}.json`, `${'a'.repeat(195)}.json`],
    [`${'a'.repeat(195)}.json`, `${'a'.repeat(195)}.json`],
    [`${'é'.repeat(150)}.pdf`, `${'é'.repeat(98)}.pdf`],
    [`${'😀'.repeat(60)}x.a`, `${'😀'.repeat(49)}.a`],
    [`${'a'.repeat(194)} ${'b'.repeat(9)}.json`, `${'a'.repeat(194)}.json`],
    [`${'a'.repeat(250)}.${'b'.repeat(16)}`, `${'a'.repeat(183)}.${'b'.repeat(16)}`],
    [`${'a'.repeat(250)}.${'b'.repeat(17)}`, 'a'.repeat(200)],
    [`v1. ${'a'.repeat(250)}`, `v1. ${'a'.repeat(196)}`],
  ])('%j is at most 200 bytes long, with its ending', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });
});

describe('the progress', () => {
  it.each([
    [[], undefined],
    [[{ received: 1, total: 4 }], 0.25],
    [
      [
        { received: 1, total: 4 },
        { received: 5, total: 8 },
      ],
      0.5,
    ],
    [
      [
        { received: 1, total: 4 },
        { received: 5, total: 0 },
      ],
      null,
    ],
    [[{ received: 9, total: 8 }], 1],
  ])('of %j is %j', (downloads, fraction) => {
    expect(progressOf(downloads)).toBe(fraction);
  });

  it('is in the notice, in percent', () => {
    expect(runningNotice('a.txt', { received: 999, total: 1000 })).toEqual({
      text: saving('a.txt'),
      percent: 99,
      choice: 'cancel',
    });
    expect(runningNotice('a.txt', { received: 1, total: 0 }).percent).toBe(null);
  });
});

it('the notices say how a download ended', () => {
  expect(savedNotice('a.txt')).toEqual({ text: saved('a.txt'), choice: 'show' });
  expect(REFUSED).toEqual({ text: refused });
  for (const [code, reason] of [
    ['ENOSPC', diskFull],
    ['EDQUOT', diskFull],
    ['EACCES', notAllowed],
    ['EPERM', notAllowed],
    ['EROFS', notAllowed],
    ['ENOENT', folderGone],
    ['ENOTDIR', folderGone],
    ['ETIMEDOUT', diskSilent],
    ['EIO', interrupted],
    [undefined, interrupted],
  ])
    expect(failedNotice('a.txt', code), code).toEqual({ text: notSaved('a.txt', reason ?? '') });
});

it('a page may ask for the choices of the bar only', () => {
  expect(['show', 'cancel', 'close', 'open', undefined, {}].map(isDownloadAction)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
