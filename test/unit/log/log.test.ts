import { spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Log, openLog } from '../../../desktop/log/log';
import { LogWriter } from '../../../desktop/log/log-writer';
import { RotatingFile } from '../../../desktop/log/rotating-file';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

let folder: string;
let reported: string[];
let log: Log;
const file = () => join(folder, 'logs', 'server.log');
const written = () => readFileSync(file(), 'utf8');
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const onDisk = () => sizeOf(file()) + sizeOf(`${file()}.old`);
/** Lets the log write, as it does while a server produces output. */
const turn = () => new Promise(resolve => setImmediate(resolve));

beforeEach(() => {
  folder = createTemporaryFolder();
  reported = [];
  log = openLog(() => new LogWriter(file(), text => reported.push(text)));
});
afterEach(async () => {
  vi.useRealTimers();
  await log.flush();
});

describe('a log', () => {
  it('creates its folder, and is private to its owner', async () => {
    log.line('hello');
    await log.flush();
    expect(written()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z hello\n$/);
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  describe('whose name stands for something else', { tags: 'posix' }, () => {
    const elsewhere = () => join(folder, 'notes');
    it.each([
      ['a link to another file', () => symlinkSync(elsewhere(), file()), 'It is a link to'],
      ['a link to nothing', () => symlinkSync(join(folder, 'missing'), file()), 'It is a link to'],
      ['a second name of another file', () => linkSync(elsewhere(), file()), 'It is a hard link'],
      ['a pipe', () => spawnSync('mkfifo', [file()]), 'It is a pipe'],
      ['a folder', () => mkdirSync(file()), 'It is a folder'],
    ])('renames %s, and says so', async (_what, make, why) => {
      mkdirSync(join(folder, 'logs'));
      writeFileSync(elsewhere(), 'mine');
      make();
      log.line('hello');
      await log.flush();
      expect(written()).toMatch(new RegExp(`server.log: ${why}.* It was renamed to .*\\.bad-.*\\n.* hello\\n$`));
      log.lineSync('crash');
      expect(written()).toMatch(/ crash\n$/);
      expect(readFileSync(elsewhere(), 'utf8')).toBe('mine');
      expect(existsSync(join(folder, 'missing'))).toBe(false);
      expect(reported).toEqual([]);
    });

    it('renames it for a line that is written at once', () => {
      mkdirSync(join(folder, 'logs'));
      spawnSync('mkfifo', [file()]);
      log.lineSync('crash');
      expect(written()).toMatch(/It is a pipe\. .*\n.* crash\n$/);
    });
  });

  it('redacts a secret that arrives in pieces', async () => {
    const stream = log.stream();
    for (const piece of ['GET /ws?tok', 'en=abcdef', '0123456789 done\n']) stream.write(piece);
    await log.flush();
    expect(written()).toBe('GET /ws?token=[hidden] done\n');
  });

  it('redacts it when another stream writes in between', async () => {
    const [out, err] = [log.stream(), log.stream()];
    out.write('GET /ws?token=abcdef');
    err.write('WARNING: slow\n');
    log.line('all is well');
    out.write('0123456789 done\n');
    await log.flush();
    expect(written()).toContain('GET /ws?token=[hidden] done\n');
    expect(written()).not.toMatch(/abcdef|0123456789/);
  });

  it('redacts it anywhere in a line of ten megabytes', async () => {
    const stream = log.stream();
    const line = `token=abcdefgh0123456789 ${'x'.repeat(995)} `.repeat(10_000);
    for (let at = 0; at < line.length; at += 60_000) stream.write(line.slice(at, at + 60_000));
    stream.end();
    await log.flush();
    expect(written()).toContain('token=[hidden]');
    expect(written()).not.toMatch(/abcdefgh|0123456789/);
    expect(written()).toMatch(/\n\[\d+ more characters of a long line left out\]\n$/);
  });

  it('contains the unfinished last line of a stream', async () => {
    const stream = log.stream();
    stream.write('Killed in mid-sen');
    stream.end();
    await log.flush();
    expect(written()).toBe('Killed in mid-sen\n');
  });

  it('contains no control characters that a terminal would execute', async () => {
    log.stream().write('\u001b[2Jone\0\ttwo\u0007\u009b1m\n');
    await log.flush();
    expect(written()).toBe('\ufffd[2Jone\ufffd\ttwo\ufffd\ufffd1m\n');
  });

  it('can be written to after a flush', async () => {
    log.line('one');
    await log.flush();
    log.line('two');
    await log.flush();
    expect(written()).toMatch(/ one\n.* two\n$/);
  });

  it('writes a last line, and the queue before it, synchronously', () => {
    log.stream().write('first\n'); // on its way to the disk
    log.line('waiting, with token=abcdef0123');
    log.lineSync('crash: password=abcdef0123');
    expect(written()).toMatch(/waiting, with token=\[hidden\]\n.* crash: password=\[hidden\]\n$/);
  });
});

describe('a log that grows', () => {
  it('is rotated to one older file, and neither exceeds the limit', async () => {
    const stream = log.stream();
    for (let n = 0; n < 130; n++) {
      stream.write(`${n} ${'x'.repeat(49_990)}\n${'y'.repeat(49_990)}\n`);
      await turn();
      if (n % 5 === 0) await log.flush();
    }
    await log.flush();
    expect(sizeOf(`${file()}.old`)).toBeGreaterThan(4_000_000);
    expect(sizeOf(`${file()}.old`)).toBeLessThanOrEqual(5_000_000);
    expect(sizeOf(file())).toBeLessThanOrEqual(5_000_000);
    expect(readFileSync(`${file()}.old`, 'utf8') + written()).toMatch(/^(\d+ x+\n(\[.*\]\n)?y+\n)+$/);
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('counts the content that an earlier run has left in the file', async () => {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(file(), 'x'.repeat(4_999_990));
    log.line('a new run');
    await log.flush();
    expect(written()).toMatch(/Z a new run\n$/);
    expect(sizeOf(`${file()}.old`)).toBe(4_999_990);
  });

  it('counts bytes, not characters', async () => {
    const stream = log.stream();
    for (let n = 0; n < 60; n++) {
      stream.write(`${'字'.repeat(49_999)}\n`);
      if (n % 5 === 0) await log.flush();
    }
    await log.flush();
    expect(sizeOf(`${file()}.old`)).toBeGreaterThan(0);
    expect(sizeOf(`${file()}.old`)).toBeLessThanOrEqual(5_000_000);
    expect(sizeOf(file())).toBeLessThanOrEqual(5_000_000);
  });

  it('is truncated when the older file cannot be replaced', async () => {
    mkdirSync(join(`${file()}.old`, 'a folder in its place'), { recursive: true });
    mkdirSync(join(folder, 'logs'), { recursive: true });
    writeFileSync(file(), 'x'.repeat(5_000_000));
    log.line('it continues');
    await log.flush();
    expect(written()).toMatch(/^\S+ it continues\n$/);
    expect(reported).toEqual([]);
  });
});

describe('a flood', () => {
  it('of 200 MB keeps the newest lines, counts the missing characters, and needs little memory and disk', async () => {
    const stream = log.stream();
    const piece = `${'INFO: 127.0.0.1 - "GET /api/bots?limit=20 HTTP/1.1" 200 OK\n'.repeat(1_000)}`;
    const before = process.memoryUsage();
    let highest = 0;
    let most = 0;
    const startMs = performance.now();
    for (let bytes = 0; bytes < 200_000_000; bytes += piece.length) {
      // Split anywhere, as a pipe does.
      stream.write(`${bytes}`);
      stream.write(piece.slice(0, 40_000));
      stream.write(piece.slice(40_000));
      await turn();
      most = Math.max(most, onDisk());
      const now = process.memoryUsage();
      highest = Math.max(highest, now.heapUsed + now.external - before.heapUsed - before.external);
    }
    const tookMs = performance.now() - startMs;
    stream.write('the last line\n');
    await log.flush();
    console.log(
      `200 MB in ${Math.round(tookMs)} ms, ${Math.round(highest / 1e6)} MB more memory, ${most} bytes on disk`,
    );
    expect(written()).toMatch(/the last line\n$/);
    expect(readFileSync(file(), 'utf8') + readIfThere(`${file()}.old`)).toMatch(
      /\[\d{6,} characters left out: there was more than could be written\]/,
    );
    expect(highest).toBeLessThan(75_000_000);
    expect(most).toBeLessThanOrEqual(10_000_000);
    expect(tookMs).toBeLessThan(30_000);
  });

  it('of lines of one kind does not displace the other lines', async () => {
    log.line('the app has started');
    for (let n = 0; n < 200_000; n++) log.line(`request refused: GET https://example.com/${n}`);
    log.line('server: {"phase":"failed"}');
    await log.flush();
    expect(written()).toContain('the app has started');
    expect(written()).toContain('"failed"');
    expect(written()).toMatch(/more lines that start with “request refused” left out/);
    expect(sizeOf(file())).toBeLessThan(100_000);
  });
});

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

describe('a disk', () => {
  const megabyte = `${'x'.repeat(999)}\n`.repeat(1_000);

  it('that is slow costs no memory, and does not delay the server or the app’s exit', { tags: 'posix' }, async () => {
    mkdirSync(join(folder, 'logs'));
    spawnSync('mkfifo', [file()]);
    const opened = open(file(), 'a'); // blocks until a reader opens it: no disk is slower
    const slow = {
      append: async (text: Buffer) => (await opened).appendFile(text),
      close: async () => (await opened).close(),
    };
    log = openLog(() => new LogWriter(file(), text => reported.push(text), slow));
    const stream = log.stream();
    const before = process.memoryUsage();
    const startMs = performance.now();
    for (let n = 0; n < 100; n++) {
      stream.write(megabyte);
      await turn();
    }
    stream.write('the last line\n');
    await log.flush();
    expect(performance.now() - startMs).toBeLessThan(20_000);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(50_000_000);

    const reader = spawn('cat', [file()], { stdio: ['ignore', 'pipe', 'ignore'] });
    let read = '';
    reader.stdout.setEncoding('utf8').on('data', text => (read += text));
    await expect.poll(() => read, { timeout: 20_000 }).toMatch(/the last line\n$/);
    expect(read).toMatch(/\[9\d{7} characters left out: there was more than could be written\]/);
    await log.flush();
    await new Promise(resolve => reader.once('close', resolve));
  });

  // Only Linux has a device that is always full.
  it('that is full is reported once, and the log continues when there is space again', { tags: 'linux' }, async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(1);
    const full = await open('/dev/full', 'a');
    let disk: Pick<RotatingFile, 'append' | 'close'> = { append: text => full.appendFile(text), close: async () => {} };
    const switched = { append: (text: Buffer) => disk.append(text), close: () => disk.close() };
    log = openLog(() => new LogWriter(file(), text => reported.push(text), switched));
    for (const line of ['one', 'two', 'three']) {
      log.line(line);
      await log.flush();
    }
    expect(reported).toEqual([expect.stringMatching(/continues without it: .*ENOSPC/)]);
    await full.close();
    disk = new RotatingFile(file());
    log.line('too early');
    await log.flush();
    expect(existsSync(file())).toBe(false);

    vi.advanceTimersByTime(61_000);
    log.line('four');
    await log.flush();
    expect(written()).toMatch(/^\[\d+ characters left out: ENOSPC.*\]\n\S+ four\n$/);
    expect(reported).toHaveLength(1);
  });

  it('that cannot be written is reported once, and the app continues', async () => {
    writeFileSync(join(folder, 'logs'), 'a file where the folder should be');
    log.line('one');
    await log.flush();
    log.line('two');
    log.lineSync('three');
    await log.flush();
    expect(reported).toEqual([expect.stringMatching(/continues without it/)]);
  });
});
