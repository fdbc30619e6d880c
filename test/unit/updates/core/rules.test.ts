/** Schedule, source, manifest signature, package format and messages of updates. */

import { describe, expect, it } from 'vitest';
import { objectionTo, readSignatures, signedText } from '../../../../desktop/updates/core/manifest-signature';
import { CHANGED, questionBefore, updateProblem } from '../../../../desktop/updates/core/messages';
import { formatOf, packageCommand } from '../../../../desktop/updates/core/package-format';
import { msUntilNextCheck, reasonNotToCheck, reasonNotToDownload } from '../../../../desktop/updates/core/schedule';
import { isOfFeed, readUpdateSource } from '../../../../desktop/updates/core/source';
import { words } from '../../../../desktop/words/en';

const MINUTE = 60_000;
const now = { autoUpdateEnabled: true, autoInstallUpdates: true, online: true, metered: false };

describe('the schedule', () => {
  it.each([
    ['not-yet', 0, 15_000],
    ['not-yet', 1, 25_000],
    ['done', 0, 180 * MINUTE],
    ['done', 1, 300 * MINUTE],
    ['failed', 0.5, 15 * MINUTE],
  ] as const)('after the check %s with jitter %f: next check in %i ms', (last, random, ms) =>
    expect(msUntilNextCheck(last, random)).toBe(ms),
  );

  it.each([
    [now, undefined],
    [{ ...now, metered: true }, undefined],
    [{ ...now, autoUpdateEnabled: false }, 'automatic checks are off'],
    [{ ...now, online: false }, 'there is no network'],
  ])('has a reason not to check, or none: %j', (circumstances, reason) =>
    expect(reasonNotToCheck(circumstances)).toBe(reason),
  );

  it.each([
    [now, undefined],
    [{ ...now, metered: true }, 'the connection is metered'],
    [{ ...now, autoInstallUpdates: false }, 'it waits for the user'],
    [{ ...now, rolledBack: '2.0.0' }, 'the user rolled it back'],
    [{ ...now, rolledBack: '1.9.0' }, undefined],
  ])('has a reason not to download, or none: %j', (circumstances, reason) =>
    expect(reasonNotToDownload(circumstances, '2.0.0')).toBe(reason),
  );
});

describe('the source', () => {
  const key = `${'A'.repeat(43)}=`;
  const good = { feed: 'https://feed.example/desktop', page: 'https://feed.example/download', keys: [key] };

  it('is read from the file that is packed into the app', () => {
    expect(readUpdateSource({ ...good, multiRange: true }, false)).toEqual({
      feed: 'https://feed.example/desktop/',
      page: 'https://feed.example/download',
      keys: [key],
      multiRange: true,
    });
  });

  it.each<[string, unknown, boolean]>([
    ['no file', undefined, false],
    ['null', null, false],
    ['no address', { ...good, feed: 'nonsense' }, true],
    ['a list of addresses', { ...good, feed: [good.feed] }, false],
    ['another protocol in a rehearsal', { ...good, feed: 'ftp://127.0.0.1/' }, true],
    ['a list within the list of keys', { ...good, keys: [[key]] }, false],
    ['plain http', { ...good, feed: 'http://feed.example/' }, false],
    ['plain http in a rehearsal, on another machine', { ...good, feed: 'http://feed.example/' }, true],
    ['this machine in a build for release', { ...good, feed: 'http://127.0.0.1:8000/' }, false],
    ['a file', { ...good, feed: 'file:///etc/' }, true],
    ['no key', { ...good, keys: [] }, false],
    ['an invalid key', { ...good, keys: [key, 'abc'] }, false],
    ['no list of keys', { ...good, keys: key }, false],
  ])('is refused: %s', (_what, content, rehearsal) =>
    expect(readUpdateSource(content, rehearsal)).toEqual(expect.stringMatching(/^This build of CachiBot /)),
  );

  it.each([undefined, 'http://feed.example/download', 'javascript:alert(1)'])(
    'uses the address of the feed when that of the page is %j',
    page => {
      expect(readUpdateSource({ ...good, page, multiRange: 'yes' }, false)).toEqual({
        feed: 'https://feed.example/desktop/',
        page: 'https://feed.example/desktop',
        keys: [key],
        multiRange: false,
      });
    },
  );

  it.each(['https://ada@feed.example/', 'https://:word@feed.example/'])('accepts no address with a login: %s', feed => {
    expect(isOfFeed(`${feed}latest.yml`, { feed, page: feed, keys: [key], multiRange: false })).toBe(false);
  });

  it('may be on this machine in a rehearsal', () => {
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
  ])('contains %s: %s', (address, expected) => {
    const source = readUpdateSource(good, false);
    expect(typeof source === 'string' || isOfFeed(address, source)).toBe(expected);
  });
});

describe('a manifest', () => {
  const manifest = { version: '2.0.0', releaseDate: '2026-05-01T00:00:00.000Z' };

  it('is signed with its name, so that a beta cannot replace a stable release', () => {
    expect(signedText('latest-linux.yml', 'x')).not.toBe(signedText('beta-linux.yml', 'x'));
    expect(signedText('latest-linux.yml', 'x')).toBe('CachiBot update manifest, version 1\nlatest-linux.yml\nx');
  });

  it('has its signatures read line by line, without other lines', () => {
    const [key, signature] = [`${'k'.repeat(43)}=`, `${'s'.repeat(86)}==`];
    const text = `<html>\nno ed25519 ${key} ${signature}\ned25519 ${key} ${signature}\nrsa ${key} ${signature}\ned25519 ${key} ${signature} more\ned25519 ${key} short\n`;
    expect(readSignatures(text)).toEqual([{ key, signature }]);
  });

  it.each<[string, object, string | undefined, boolean]>([
    ['the first manifest', manifest, undefined, true],
    ['the same manifest again', manifest, manifest.releaseDate, true],
    ['newer than all earlier ones', manifest, '2026-04-30T00:00:00.000Z', true],
    ['older than an earlier one', manifest, '2026-05-01T00:00:00.001Z', false],
    ['without a date', { version: '2.0.0' }, undefined, false],
    ['with an invalid date', { ...manifest, releaseDate: 'soon' }, undefined, false],
    ['with a date that is a year', { ...manifest, releaseDate: 2026 }, undefined, false],
    ['with numbers of two digits', { ...manifest, version: '10.11.12' }, undefined, true],
    ['with a prefix before its version', { ...manifest, version: 'v2.0.0' }, undefined, false],
    ['with a list of versions', { ...manifest, version: ['2.0.0'] }, undefined, false],
    ['without a version', { releaseDate: manifest.releaseDate }, undefined, false],
    ['with an invalid version', { ...manifest, version: 'newest' }, undefined, false],
  ])('%s is accepted: %s', (_what, content, seen, accepted) =>
    expect(objectionTo(content, seen) === undefined).toBe(accepted),
  );

  it('is refused with a reason', () => {
    expect(objectionTo({}, undefined)).toBe(words.updateProblem.noVersion);
    expect(objectionTo({ version: '2.0.0' }, undefined)).toBe(words.updateProblem.noDate);
    expect(objectionTo(manifest, '2027-01-01T00:00:00.000Z')).toContain('older');
  });
});

describe('the format of the app', () => {
  it.each([
    [{ platform: 'win32', appImage: undefined, packageType: undefined }, 'nsis'],
    [{ platform: 'darwin', appImage: undefined, packageType: undefined }, 'mac'],
    [{ platform: 'linux', appImage: '/x.AppImage', packageType: undefined }, 'appimage'],
    [{ platform: 'linux', appImage: undefined, packageType: 'deb' }, 'deb'],
    [{ platform: 'linux', appImage: undefined, packageType: 'rpm' }, 'rpm'],
    [{ platform: 'linux', appImage: undefined, packageType: 'snap' }, undefined],
    [{ platform: 'linux', appImage: undefined, packageType: undefined }, undefined],
  ] as const)('%j is %s', (facts, format) => expect(formatOf(facts)).toBe(format));

  it('decides which tool installs a package', () => {
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

describe('words for the user', () => {
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
    [
      Object.assign(new Error('New version 2.0.0 is not signed by the application owner: Signed by “Redirect Ltd.”'), {
        code: 'ERR_UPDATER_INVALID_SIGNATURE',
      }),
      /^Signed by “Redirect Ltd.”$/,
    ],
    ['plain', /^plain$/],
  ])('%s', (error, expected) => expect(updateProblem(error)).toMatch(expected));

  it('ask about running work, and when the activity is not known', () => {
    expect(questionBefore({ jobs: 0, streams: 0 }, '2.0.0')).toBeUndefined();
    expect(questionBefore({ jobs: 1, streams: 2 }, '2.0.0')?.detail).toContain('1 background job and 2 answers');
    expect(questionBefore({ jobs: 1, streams: 0 }, '2.0.0')?.detail).toContain('1 background job.');
    expect(questionBefore({ jobs: 1, streams: 0 }, '2.0.0')?.message).toContain('CachiBot 2.0.0');
    expect(questionBefore({ jobs: 0, streams: 1 }, '2.0.0')?.detail).toContain('working on 1 answer.');
    expect(questionBefore(undefined, '2.0.0')?.detail).toContain('can’t tell');
  });
});
