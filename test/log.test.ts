import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLog } from '../desktop/log';

let folder: string;
const file = () => join(folder, 'logs', 'server.log');
const written = () => readFileSync(file(), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a log', () => {
  it('makes its folder, and belongs to its owner alone', async () => {
    openLog(file()).line('hello');
    await expect.poll(written).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z hello\n$/);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('hides a secret that arrives in two pieces', async () => {
    const log = openLog(file());
    log.write('GET /ws?token=abcdef');
    log.write('0123456789 done\n');
    await expect.poll(written).toBe('GET /ws?token=[hidden] done\n');
  });

  it('does not hold back a line without end', async () => {
    openLog(file()).write('x'.repeat(100_000));
    await expect.poll(() => written().length).toBe(100_000);
  });

  it('keeps one older file when it grows too large', async () => {
    const log = openLog(file());
    const line = `${'x'.repeat(99_999)}\n`;
    for (let n = 0; n < 60; n++) {
      log.write(line);
      // As a server writes: over time, so that the disk keeps up.
      await new Promise(resolve => setImmediate(resolve));
    }
    await expect.poll(() => statSync(`${file()}.old`).size).toBeGreaterThan(4_000_000);
    await expect.poll(() => statSync(file()).size).toBeLessThan(2_000_000);
  });

  it('says once that it cannot be written, and lets the app go on', () => {
    writeFileSync(join(folder, 'logs'), 'a file where the folder should be');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const log = openLog(file());
    log.line('one');
    log.line('two');
    expect(said.mock.calls.map(([text]) => text)).toEqual([expect.stringMatching(/goes on without its log/)]);
    said.mockRestore();
  });
});
