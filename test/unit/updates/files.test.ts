/** The files of an update: their download from a real feed, and their replacement. */

import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancellationToken } from 'electron-updater';
import { GenericDifferentialDownloader } from 'electron-updater/out/differentialDownloader/GenericDifferentialDownloader';
import { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { restoreBackup } from '../../../desktop/updates/database-backup';
import { download } from '../../../desktop/updates/download';
import { type NodeRequest, type NodeResponse, openRequest } from '../../../desktop/updates/feed-request';
import { assertUnchanged } from '../../../desktop/updates/file-hash';
import { appImageAt } from '../../../desktop/updates/targets/appimage';
import { installerToKeep } from '../../../desktop/updates/targets/nsis';
import { openFeedServer } from '../../fixtures/feed.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-update-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hash = (content: Buffer) => createHash('sha512').update(content).digest('base64');
const content = randomBytes(3_000_000);

describe('a download', () => {
  let feed: Awaited<ReturnType<typeof openFeedServer>>;
  const cache = () => join(folder, 'cache');
  const request = (more: object = {}) => ({
    url: `${feed.url}big`,
    destination: join(cache(), 'pending', 'big'),
    sha512: hash(content),
    bytes: content.length,
    progress: () => {},
    ...more,
  });
  const partials = () => readdirSync(cache()).filter(name => name.startsWith('partial-'));

  beforeEach(async () => {
    mkdirSync(join(folder, 'feed'));
    mkdirSync(join(cache(), 'pending'), { recursive: true });
    writeFileSync(join(folder, 'feed', 'big'), content);
    feed = await openFeedServer(join(folder, 'feed'));
  });
  afterEach(() => feed.close());

  it('arrives complete, reports its progress, and leaves no other file', async () => {
    const reported: number[] = [];
    const progress = ({ transferred }: { transferred: number }) => reported.push(transferred);
    await download(fetch, request({ progress }));
    expect(readFileSync(request().destination).equals(content)).toBe(true);
    expect(reported.at(-1)).toBe(content.length);
    expect(partials()).toEqual([]);
  });

  it('resumes after a broken connection, without fetching anything twice', async () => {
    feed.setFault({ breakAfter: 1_000_000 });
    await download(fetch, request(), 1);
    expect(readFileSync(request().destination).equals(content)).toBe(true);
    expect(feed.requests.map(({ range }) => range !== '')).toEqual([false, true]);
    // Bytes in transit may be lost when the connection breaks.
    expect(feed.bytes()).toBeLessThan(content.length + 1_000_000);
  });

  it('resumes the download of a run that was killed', async () => {
    const name = `partial-${Buffer.from(hash(content), 'base64').toString('hex').slice(0, 32)}`;
    writeFileSync(join(cache(), name), content.subarray(0, 2_000_000));
    await download(fetch, request());
    expect(feed.requests.map(({ range }) => range)).toEqual(['bytes=2000000-']);
    expect(feed.bytes()).toBe(content.length - 2_000_000);
    expect(readFileSync(request().destination).equals(content)).toBe(true);
  });

  it('starts over if the feed supports no ranges', async () => {
    feed.setFault({ breakAfter: 1_000_000, noRanges: true });
    await download(fetch, request(), 1);
    expect(readFileSync(request().destination).equals(content)).toBe(true);
  });

  it('is deleted if it has another hash', async () => {
    const other = Buffer.from(content);
    other[1_500_000] = (other[1_500_000] ?? 0) ^ 1;
    await expect(download(fetch, request({ sha512: hash(other) }))).rejects.toMatchObject({
      code: 'ERR_CHECKSUM_MISMATCH',
    });
    expect([existsSync(request().destination), partials()]).toEqual([false, []]);
  });

  it('fails when it is longer than announced, before it fills the disk', async () => {
    await expect(download(fetch, request({ bytes: 1_000_000 }))).rejects.toThrow(
      'more than the expected 1000000 bytes',
    );
  });

  it('does not start if it would fill the disk', async () => {
    await expect(download(fetch, request({ bytes: Number.MAX_SAFE_INTEGER }))).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    expect(feed.requests).toEqual([]);
    expect(partials()).toEqual([]);
  });

  it('deletes the partial file when another program has filled the disk', async () => {
    const full = async () =>
      new Response(
        new ReadableStream({
          start: control => control.enqueue(content.subarray(0, 1_000)),
          pull: control => control.error(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
        }),
      );
    await expect(download(full, request(), 1)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(partials()).toEqual([]);
  });

  it('fails when the file is too short on the feed, and resumes later', async () => {
    writeFileSync(join(folder, 'feed', 'big'), content.subarray(0, 1_000_000));
    await expect(download(fetch, request(), 1)).rejects.toThrow();
    expect(existsSync(request().destination)).toBe(false);
    writeFileSync(join(folder, 'feed', 'big'), content);
    await download(fetch, request(), 1);
    expect(readFileSync(request().destination).equals(content)).toBe(true);
  });

  it('follows no redirect', async () => {
    feed.setFault({ redirects: true });
    await expect(download(fetch, request(), 1)).rejects.toThrow();
  });

  it('deletes the partial download of another version', async () => {
    writeFileSync(join(cache(), 'partial-0123'), 'old');
    await download(fetch, request());
    expect(partials()).toEqual([]);
  });
});

describe('a request of electron-updater', () => {
  const BLOCK = 100_000;
  /** Differs from the new file in the first ten and the last five blocks. */
  const old = Buffer.concat([randomBytes(10 * BLOCK), content.subarray(10 * BLOCK, 25 * BLOCK), randomBytes(BLOCK)]);
  const changed = 15 * BLOCK;
  let feed: Awaited<ReturnType<typeof openFeedServer>>;

  /** Long, except in the tests of a silent feed. */
  let silentMs: number;
  const executor = new ElectronHttpExecutor();
  Object.assign(executor, {
    createRequest: (request: NodeRequest, onResponse: (response: NodeResponse) => void) =>
      openRequest(fetch, request, onResponse, { silentMs, pauseMs: 1 }),
  });
  const requestFile = (path: string) =>
    executor.request({ protocol: 'http:', hostname: '127.0.0.1', port: feed.port, path: `/${path}` });
  const blockMap = (file: Buffer) => {
    const starts = Array.from({ length: file.length / BLOCK }, (_, index) => index * BLOCK);
    const checksums = starts.map(start => hash(file.subarray(start, start + BLOCK)));
    const sizes = starts.map(() => BLOCK);
    return { version: '2' as const, files: [{ name: 'file', offset: 0, checksums, sizes }] };
  };
  const fetchChanges = async (multiRange = false) => {
    const newFile = join(folder, 'new');
    await new GenericDifferentialDownloader({ size: content.length, sha512: hash(content) }, executor, {
      oldFile: join(folder, 'old'),
      newFile,
      newUrl: new URL('big', feed.url),
      logger: { info() {}, warn() {}, error() {} },
      isUseMultipleRangeRequest: multiRange,
      requestHeaders: null,
      cancellationToken: new CancellationToken(),
    }).download(blockMap(old), blockMap(content));
    return readFileSync(newFile);
  };

  beforeEach(async () => {
    silentMs = 30_000;
    mkdirSync(join(folder, 'feed'));
    writeFileSync(join(folder, 'feed', 'big'), content);
    writeFileSync(join(folder, 'feed', 'small'), 'a manifest');
    writeFileSync(join(folder, 'old'), old);
    feed = await openFeedServer(join(folder, 'feed'));
  });
  afterEach(() => feed.close());

  it.each([false, true])('fetches only the changed parts of a file; several ranges at once: %s', async multiRange => {
    expect(await requestFile('small')).toBe('a manifest');
    feed.clearRequests();
    expect((await fetchChanges(multiRange)).equals(content)).toBe(true);
    expect(feed.requests).toHaveLength(multiRange ? 1 : 2);
    expect(feed.bytes()).toBeLessThan(changed + 1_000);
  });

  it('fails when the feed sends nothing', async () => {
    silentMs = 300;
    feed.setFault({ silent: true });
    await expect(requestFile('small')).rejects.toThrow('no data for 0.3 seconds');
    expect(feed.requests).toHaveLength(1);
  });

  it('fails when the feed stops in the middle', async () => {
    silentMs = 300;
    feed.setFault({ silentAfter: 1_000_000 });
    await expect(requestFile('big')).rejects.toThrow('no data for 0.3 seconds');
  });

  it.each([false, true])(
    'fails when the feed sends the whole file for each part; several ranges at once: %s',
    async multi => {
      feed.setFault({ noRanges: true, slowMs: 200 });
      await expect(fetchChanges(multi)).rejects.toThrow('responded with 200 to a request for part of a file');
      expect(feed.requests).toHaveLength(1);
      expect(feed.bytes()).toBeLessThan(content.length / 2);
    },
  );

  it.each([
    ['breaks', { breakAfter: 300_000 }],
    ['becomes silent', { silentAfter: 300_000 }],
  ])('resumes in the middle of a part when the connection %s, fetching nothing twice', async (_fault, fault) => {
    if ('silentAfter' in fault) silentMs = 1_000;
    feed.setFault(fault);
    expect((await fetchChanges()).equals(content)).toBe(true);
    expect(feed.requests).toHaveLength(3);
    // Bytes in transit may be lost when the connection breaks.
    expect(feed.bytes()).toBeLessThan(changed + 600_000);
  });

  it('fails when the connection is silent and its fetch ignores the signal', async () => {
    const fetchWithoutSignal = async () => {
      const body = new ReadableStream({ pull: () => new Promise<void>(() => {}) });
      return new Response(body, { status: 206, headers: { 'content-range': 'bytes 0-999/3000000' } });
    };
    const wanted = { protocol: 'http:', hostname: 'feed', path: '/big', headers: { Range: 'bytes=0-999' } };
    const failure = new Promise(resolve =>
      openRequest(fetchWithoutSignal, wanted, () => {}, { pauseMs: 1, silentMs: 50 })
        .on('error', resolve)
        .end(),
    );
    expect(await failure).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('is complete when the connection breaks after the last byte', async () => {
    const pieces = [content.subarray(0, 1_000)];
    const body = new ReadableStream({
      pull(control) {
        const piece = pieces.shift();
        if (piece) control.enqueue(piece);
        else control.error(Object.assign(new Error('It broke.'), { code: 'ECONNRESET' }));
      },
    });
    const headers = { 'content-range': 'bytes 0-999/3000000' };
    const once = vi.fn(async () => new Response(body, { status: 206, headers }));
    const wanted = { protocol: 'http:', hostname: 'feed', path: '/big', headers: { Range: 'bytes=0-999' } };
    const response = await new Promise<NodeResponse>((resolve, reject) =>
      openRequest(once, wanted, resolve, { pauseMs: 1 }).on('error', reject).end(),
    );
    expect(Buffer.concat(await response.toArray()).equals(content.subarray(0, 1_000))).toBe(true);
    expect(once).toHaveBeenCalledOnce();
  });

  it('is retried three times when the feed never responds', async () => {
    silentMs = 300;
    feed.setFault({ silent: true });
    await expect(fetchChanges()).rejects.toThrow('no data');
    expect(feed.requests).toHaveLength(4);
  });
});

it.each<[string, (file: string) => void]>([
  ['changed', file => writeFileSync(file, 'something else')],
  ['removed', file => rmSync(file)],
])('a verified file that was %s counts as lost', async (_damage, damage) => {
  const file = join(folder, 'downloaded');
  writeFileSync(file, content);
  await assertUnchanged(file, hash(content));
  damage(file);
  await expect(assertUnchanged(file, hash(content))).rejects.toMatchObject({ code: 'ERR_DOWNLOAD_CHANGED' });
});

describe('an AppImage', { tags: 'linux' }, () => {
  const file = () => join(folder, 'My CachiBot.AppImage');
  const fresh = Buffer.from('version 2');
  const verify = (copy: string) => assertUnchanged(copy, hash(fresh));
  const names = () =>
    readdirSync(folder)
      .filter(name => name !== 'downloaded')
      .sort();

  beforeEach(() => {
    writeFileSync(file(), 'version 1', { mode: 0o755 });
    writeFileSync(join(folder, 'downloaded'), fresh);
  });

  it('is the old version until `apply`, then the new version, and keeps the old version', async () => {
    const image = appImageAt(file());
    await image.prepare(join(folder, 'downloaded'), verify);
    expect(readFileSync(file(), 'utf8')).toBe('version 1');
    await image.apply();
    expect(readFileSync(file(), 'utf8')).toBe('version 2');
    expect(readFileSync(image.previous, 'utf8')).toBe('version 1');
    expect(statSync(file()).mode & 0o777).toBe(0o755);
    expect(names()).toEqual(['.My CachiBot.AppImage.previous', 'My CachiBot.AppImage']);
  });

  it('restores the previous version', async () => {
    const image = appImageAt(file());
    await image.prepare(join(folder, 'downloaded'), verify);
    await image.apply();
    await image.restorePrevious(image.previous);
    expect(readFileSync(file(), 'utf8')).toBe('version 1');
    expect(names()).toEqual(['My CachiBot.AppImage']);
  });

  it('restores the previous version after the file was renamed', async () => {
    const image = appImageAt(file());
    await image.prepare(join(folder, 'downloaded'), verify);
    await image.apply();
    renameSync(file(), join(folder, 'Bot'));
    await appImageAt(join(folder, 'Bot')).restorePrevious(image.previous);
    expect(readFileSync(join(folder, 'Bot'), 'utf8')).toBe('version 1');
    expect(names()).toEqual(['Bot']);
  });

  it('refuses a download that has changed', async () => {
    writeFileSync(join(folder, 'downloaded'), 'something else');
    const image = appImageAt(file());
    await expect(image.prepare(join(folder, 'downloaded'), verify)).rejects.toMatchObject({
      code: 'ERR_DOWNLOAD_CHANGED',
    });
    expect(names()).toEqual(['My CachiBot.AppImage']);
  });

  it('removes the leftovers of a killed update', async () => {
    writeFileSync(join(folder, '.My CachiBot.AppImage.new'), 'half of it');
    await appImageAt(file()).removeLeftovers();
    expect(names()).toEqual(['My CachiBot.AppImage']);
  });
});

describe('restoreBackup', () => {
  it('replaces the database, and keeps the old database with its side files', async () => {
    const database = join(folder, 'cachibot.db');
    const copy = join(folder, 'copy.db');
    writeFileSync(database, 'of the new version');
    writeFileSync(`${database}-wal`, 'its log');
    writeFileSync(copy, 'of the old version');
    const aside = await restoreBackup({ database, copy }, new Date('2026-05-01T10:00:00Z'));
    expect(readFileSync(database, 'utf8')).toBe('of the old version');
    if (process.platform !== 'win32') expect(statSync(database).mode & 0o777).toBe(0o600);
    expect([aside, `${aside}-wal`].map(name => readFileSync(name, 'utf8'))).toEqual(['of the new version', 'its log']);
    expect(existsSync(`${database}-wal`)).toBe(false);
    expect(readFileSync(copy, 'utf8')).toBe('of the old version');
  });

  it('changes nothing when the copy is missing', async () => {
    const database = join(folder, 'cachibot.db');
    writeFileSync(database, 'of the new version');
    await expect(restoreBackup({ database, copy: join(folder, 'gone') }, new Date())).rejects.toThrow('ENOENT');
    expect(readFileSync(database, 'utf8')).toBe('of the new version');
  });
});

it('keeps the installer of this version before the next installer overwrites it, if there is one', async () => {
  expect(installerToKeep(folder, '1.0.0')).toBeUndefined();
  writeFileSync(join(folder, 'installer.exe'), 'version 1');
  const kept = installerToKeep(folder, '1.0.0');
  await kept?.keep();
  writeFileSync(join(folder, 'installer.exe'), 'version 2');
  expect(readFileSync(kept?.file ?? '', 'utf8')).toBe('version 1');
});

it('keeps the newest of the earlier installers, and deletes the others', async () => {
  const lastOf: string[][] = [];
  for (const minor of [1, 2, 3, 4]) {
    writeFileSync(join(folder, 'installer.exe'), `version 1.${minor}`);
    const kept = installerToKeep(folder, `1.${minor}.0`);
    await kept?.keep();
    await kept?.keep();
    // Gives each file another date.
    utimesSync(kept?.file ?? '', minor, minor);
    lastOf.push(readdirSync(folder).sort());
  }
  expect(lastOf.map(names => names.filter(name => name !== 'installer.exe'))).toEqual([
    ['previous-1.1.0.exe'],
    ['previous-1.1.0.exe', 'previous-1.2.0.exe'],
    ['previous-1.2.0.exe', 'previous-1.3.0.exe'],
    ['previous-1.3.0.exe', 'previous-1.4.0.exe'],
  ]);
});
