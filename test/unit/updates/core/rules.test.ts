/** When to look, whom to believe, where to ask, and in which form it comes. */

import { describe, expect, it } from 'vitest';
import { objectionTo, readSignatures, signedText } from '../../../../desktop/updates/core/manifest-signature';
import { CHANGED, questionBefore, updateProblem } from '../../../../desktop/updates/core/messages';
import { formatOf, packageCommand } from '../../../../desktop/updates/core/package-format';
import { reasonNotToDownload, reasonNotToLook, untilNextLook } from '../../../../desktop/updates/core/schedule';
import { isOfFeed, readUpdateSource } from '../../../../desktop/updates/core/source';
import { words } from '../../../../desktop/words/en';

const MINUTE = 60_000;
const now = { autoUpdateEnabled: true, autoInstallUpdates: true, online: true, metered: false };

describe('it looks by itself', () => {
  it.each([
    ['not-yet', 0, 15_000],
    ['not-yet', 1, 25_000],
    ['done', 0, 180 * MINUTE],
    ['done', 1, 300 * MINUTE],
    ['failed', 0.5, 15 * MINUTE],
  ] as const)('after %s with jitter %f in %i ms', (last, random, ms) => expect(untilNextLook(last, random)).toBe(ms));

  it.each([
    [now, undefined],
    [{ ...now, metered: true }, undefined],
    [{ ...now, autoUpdateEnabled: false }, 'automatic checks are off'],
    [{ ...now, online: false }, 'there is no network'],
  ])('unless there is a reason not to: %j', (circumstances, reason) =>
    expect(reasonNotToLook(circumstances)).toBe(reason),
  );

  it.each([
    [now, undefined],
    [{ ...now, metered: true }, 'the connection is metered'],
    [{ ...now, autoInstallUpdates: false }, 'it waits for the user'],
    [{ ...now, refused: '2.0.0' }, 'the user rolled it back'],
    [{ ...now, refused: '1.9.0' }, undefined],
  ])('and downloads, unless there is one: %j', (circumstances, reason) =>
    expect(reasonNotToDownload(circumstances, '2.0.0')).toBe(reason),
  );
});

describe('where updates come from', () => {
  const key = `${'A'.repeat(43)}=`;
  const good = { feed: 'https://feed.example/desktop', page: 'https://feed.example/download', keys: [key] };

  it('is what is packed in the app', () => {
    expect(readUpdateSource({ ...good, multiRange: true }, false)).toEqual({
      feed: 'https://feed.example/desktop/',
      page: 'https://feed.example/download',
      keys: [key],
      multiRange: true,
    });
  });

  it.each<[string, unknown, boolean]>([
    ['nothing is packed', undefined, false],
    ['null is packed', null, false],
    ['no address', { ...good, feed: 'nonsense' }, true],
    ['a list of addresses', { ...good, feed: [good.feed] }, false],
    ['another protocol in a rehearsal', { ...good, feed: 'ftp://127.0.0.1/' }, true],
    ['a list within the list of keys', { ...good, keys: [[key]] }, false],
    ['plain http', { ...good, feed: 'http://feed.example/' }, false],
    ['plain http in a rehearsal, on another machine', { ...good, feed: 'http://feed.example/' }, true],
    ['this machine in a build for release', { ...good, feed: 'http://127.0.0.1:8000/' }, false],
    ['a file', { ...good, feed: 'file:///etc/' }, true],
    ['no key', { ...good, keys: [] }, false],
    ['a key that is none', { ...good, keys: [key, 'abc'] }, false],
    ['no list of keys', { ...good, keys: key }, false],
  ])('is nowhere: %s', (_what, content, rehearsal) =>
    expect(readUpdateSource(content, rehearsal)).toEqual(expect.stringMatching(/^This build of CachiBot /)),
  );

  it.each([undefined, 'http://feed.example/download', 'javascript:alert(1)'])(
    'shows the feed where the page of installers is %j',
    page => {
      expect(readUpdateSource({ ...good, page, multiRange: 'yes' }, false)).toEqual({
        feed: 'https://feed.example/desktop/',
        page: 'https://feed.example/desktop',
        keys: [key],
        multiRange: false,
      });
    },
  );

  it.each(['https://ada@feed.example/', 'https://:word@feed.example/'])('never takes a login along: %s', feed => {
    expect(isOfFeed(`${feed}latest.yml`, { feed, page: feed, keys: [key], multiRange: false })).toBe(false);
  });

  it('may be this very machine in a rehearsal', () => {
    expect(readUpdateSource({ ...good, feed: 'http://127.0.0.1:8000/' }, true)).toMatchObject({
      feed: 'http://127.0.0.1:8000/',
    });
  });

  it.each([
    ['https://feed.example/desktop/CachiBot.AppImage', true],
    ['https://feed.example/desktop/old/CachiBot.AppImage', true],
    ['https://feed.example/desktop/../secret', false],
    ['https://feed.example/other/CachiBot.AppImage', false],
    ['http://feed.example/desktop/CachiBot.AppImage', false],
    ['https://feed.example.evil.example/desktop/x', false],
    ['https://me@feed.example/desktop/x', false],
    ['nonsense', false],
  ])('%s is of the feed: %s', (address, expected) => {
    const source = readUpdateSource(good, false);
    expect(typeof source === 'string' || isOfFeed(address, source)).toBe(expected);
  });
});

describe('a manifest', () => {
  const manifest = { version: '2.0.0', releaseDate: '2026-05-01T00:00:00.000Z' };

  it('is signed together with its name, so that a beta is no stable release', () => {
    expect(signedText('latest-linux.yml', 'x')).not.toBe(signedText('beta-linux.yml', 'x'));
    expect(signedText('latest-linux.yml', 'x')).toBe('CachiBot update manifest, version 1\nlatest-linux.yml\nx');
  });

  it('has its signatures read line by line, and what is no signature passed over', () => {
    const [key, signature] = [`${'k'.repeat(43)}=`, `${'s'.repeat(86)}==`];
    const text = `<html>\nno ed25519 ${key} ${signature}\ned25519 ${key} ${signature}\nrsa ${key} ${signature}\ned25519 ${key} ${signature} more\ned25519 ${key} short\n`;
    expect(readSignatures(text)).toEqual([{ key, signature }]);
  });

  it.each<[string, object, string | undefined, boolean]>([
    ['the first ever seen', manifest, undefined, true],
    ['the same again', manifest, manifest.releaseDate, true],
    ['newer than any before', manifest, '2026-04-30T00:00:00.000Z', true],
    ['older than one before', manifest, '2026-05-01T00:00:00.001Z', false],
    ['without a date', { version: '2.0.0' }, undefined, false],
    ['with a date that is none', { ...manifest, releaseDate: 'soon' }, undefined, false],
    ['with a date that is a year', { ...manifest, releaseDate: 2026 }, undefined, false],
    ['with numbers of two digits', { ...manifest, version: '10.11.12' }, undefined, true],
    ['with something before its version', { ...manifest, version: 'v2.0.0' }, undefined, false],
    ['with a list of versions', { ...manifest, version: ['2.0.0'] }, undefined, false],
    ['without a version', { releaseDate: manifest.releaseDate }, undefined, false],
    ['with a version that is none', { ...manifest, version: 'newest' }, undefined, false],
  ])('%s is believed: %s', (_what, content, seen, believed) =>
    expect(objectionTo(content, seen) === undefined).toBe(believed),
  );

  it('is refused in words', () => {
    expect(objectionTo({}, undefined)).toBe(words.updateProblem.noVersion);
    expect(objectionTo({ version: '2.0.0' }, undefined)).toBe(words.updateProblem.noDate);
    expect(objectionTo(manifest, '2027-01-01T00:00:00.000Z')).toContain('older');
  });
});

describe('the form of the app', () => {
  it.each([
    [{ platform: 'win32', appImage: undefined, packageType: undefined }, 'nsis'],
    [{ platform: 'darwin', appImage: undefined, packageType: undefined }, 'mac'],
    [{ platform: 'linux', appImage: '/x.AppImage', packageType: undefined }, 'appimage'],
    [{ platform: 'linux', appImage: undefined, packageType: 'deb' }, 'deb'],
    [{ platform: 'linux', appImage: undefined, packageType: 'rpm' }, 'rpm'],
    [{ platform: 'linux', appImage: undefined, packageType: 'snap' }, undefined],
    [{ platform: 'linux', appImage: undefined, packageType: undefined }, undefined],
  ] as const)('%j is %s', (facts, format) => expect(formatOf(facts)).toBe(format));

  it('decides who installs a package', () => {
    const has =
      (...there: string[]) =>
      (program: string) =>
        there.includes(program);
    expect(packageCommand('deb', '/x.deb', has('apt-get'))).toEqual(['apt-get', 'install', '--yes', '/x.deb']);
    expect(packageCommand('deb', '/x.deb', has())).toEqual(['dpkg', '--install', '/x.deb']);
    expect(packageCommand('rpm', '/x.rpm', has('dnf'))).toEqual(['dnf', 'install', '--assumeyes', '/x.rpm']);
    expect(packageCommand('rpm', '/x.rpm', has('zypper'))).toEqual([
      'zypper',
      '--non-interactive',
      'install',
      '--allow-unsigned-rpm',
      '/x.rpm',
    ]);
    expect(packageCommand('rpm', '/x.rpm', has())).toEqual(['rpm', '--upgrade', '/x.rpm']);
  });
});

describe('in words for people', () => {
  it.each<[unknown, RegExp]>([
    [Object.assign(new Error('write'), { code: 'ENOSPC' }), /^The disk is full/],
    [Object.assign(new Error("EACCES: '/opt'"), { code: 'EACCES' }), /doesn’t allow it \(EACCES: '\/opt'\)/],
    [Object.assign(new Error('EPERM'), { code: 'EPERM' }), /doesn’t allow it/],
    [Object.assign(new Error('EROFS'), { code: 'EROFS' }), /doesn’t allow it/],
    [Object.assign(new Error('gone'), { code: CHANGED }), /Download it again/],
    [new Error('Error: net::ERR_FAILED'), /Couldn’t reach the update server \(net::ERR_FAILED\)/],
    [new Error('read Error: ECONNRESET'), /Couldn’t reach the update server \(read Error: ECONNRESET\)/],
    [Object.assign(new Error('sha512'), { code: 'ERR_CHECKSUM_MISMATCH' }), /damaged/],
    [new Error('net::ERR_NAME_NOT_RESOLVED'), /Couldn’t reach the update server \(net::ERR_NAME_NOT_RESOLVED\)/],
    [new Error('Attempted to redirect, but redirect policy was error'), /sign in first/],
    [Object.assign(new Error('404\nheaders'), { statusCode: 404 }), /nothing for this system/],
    [Object.assign(new Error('500'), { statusCode: 500 }), /has a problem \(500\)/],
    [new Error(words.updateProblem.notSigned), /isn’t signed by CachiBot.*sign in first/],
    ['plain', /^plain$/],
  ])('%s', (error, expected) => expect(updateProblem(error)).toMatch(expected));

  it('work in progress is asked about, and so is work that nobody knows of', () => {
    expect(questionBefore({ jobs: 0, streams: 0 }, '2.0.0')).toBeUndefined();
    expect(questionBefore({ jobs: 1, streams: 2 }, '2.0.0')?.detail).toContain('1 background job and 2 answers');
    expect(questionBefore({ jobs: 1, streams: 0 }, '2.0.0')?.detail).toContain('1 background job.');
    expect(questionBefore({ jobs: 1, streams: 0 }, '2.0.0')?.message).toContain('CachiBot 2.0.0');
    expect(questionBefore({ jobs: 0, streams: 1 }, '2.0.0')?.detail).toContain('working on 1 answer.');
    expect(questionBefore(undefined, '2.0.0')?.detail).toContain('can’t tell');
  });
});
