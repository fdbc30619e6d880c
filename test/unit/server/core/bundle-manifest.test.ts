import { describe, expect, it } from 'vitest';
import {
  type Flaw,
  type Found,
  judgeFile,
  judgeLink,
  readManifest,
} from '../../../../desktop/server/core/bundle-manifest';

const expected = { size: 10, sha256: 'aa' };

describe('a file is', () => {
  it.each<[string, Found, Flaw['is'] | undefined]>([
    ['as expected', { kind: 'file', size: 10 }, undefined],
    ['as expected, with the hash', { kind: 'file', size: 10, sha256: 'aa' }, undefined],
    ['as expected and executable', { kind: 'file', size: 10, executable: true }, undefined],
    ['missing', { kind: 'none' }, 'missing'],
    ['unreadable', { kind: 'unreadable' }, 'unreadable'],
    ['truncated', { kind: 'file', size: 9 }, 'of-another-size'],
    ['changed', { kind: 'file', size: 10, sha256: 'ab' }, 'changed'],
    ['not executable', { kind: 'file', size: 10, executable: false }, 'not-executable'],
    ['changed first, then not executable', { kind: 'file', size: 10, sha256: 'ab', executable: false }, 'changed'],
    ['replaced by a link', { kind: 'link', target: 'elsewhere' }, 'changed'],
  ])('%s', (_what, found, is) => {
    expect(judgeFile('a', expected, found)).toEqual(is && { file: 'a', is });
  });

  it('checked without a manifest for existence and permission', () => {
    expect(judgeFile('a', undefined, { kind: 'file', size: 3 })).toBeUndefined();
    expect(judgeFile('a', undefined, { kind: 'none' })).toMatchObject({ is: 'missing' });
    expect(judgeFile('a', undefined, { kind: 'file', size: 3, executable: false })).toMatchObject({
      is: 'not-executable',
    });
  });
});

describe('a link is', () => {
  it.each<[string, Found, Flaw['is'] | undefined]>([
    ['as expected', { kind: 'link', target: 'b' }, undefined],
    ['missing', { kind: 'none' }, 'missing'],
    ['unreadable', { kind: 'unreadable' }, 'unreadable'],
    ['changed to another target', { kind: 'link', target: '/etc/passwd' }, 'changed'],
    ['replaced by a file', { kind: 'file', size: 10 }, 'changed'],
  ])('%s', (_what, found, is) => {
    expect(judgeLink('a', 'b', found)).toEqual(is && { file: 'a', is });
  });
});

describe('a manifest', () => {
  it('lists files and links', () => {
    const manifest = { files: { 'a/b': expected }, links: { c: 'a/b' } };
    expect(readManifest(JSON.stringify(manifest))).toEqual(manifest);
  });

  it.each([
    ['', 'JSON'],
    ['{', 'JSON'],
    ['null', 'no files and links'],
    ['[]', 'no files and links'],
    ['{}', 'no files and links'],
    ['{"files":{}}', 'no files and links'],
    ['{"files":[],"links":{}}', 'no files and links'],
    ['{"files":null,"links":{}}', 'no files and links'],
    ['{"files":"text","links":{}}', 'no files and links'],
    ['{"files":{"a":1},"links":{}}', 'a has no size and hash'],
    ['{"files":{"a":null},"links":{}}', 'a has no size and hash'],
    ['{"files":{"a":{"size":"1","sha256":"x"}},"links":{}}', 'a has no size and hash'],
    ['{"files":{"a":{"size":1}},"links":{}}', 'a has no size and hash'],
    ['{"files":{},"links":{"a":1}}', 'a has no target'],
  ])('throws an error that names the problem: %s', (text, words) => expect(() => readManifest(text)).toThrow(words));
});
