/** The list of automatic copies, from a folder in which anything may be. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listCopies } from '../../../desktop/backups/copies';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'cachibot-copies-'));
  mkdirSync(join(data, 'backups'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

it('leaves out what cannot be read, and lists the rest', () => {
  const [sound, circle] = ['20260501T100000Z', '20260502T100000Z'].map(time =>
    join(data, 'backups', `cachibot-0.3.0-${time}.db`),
  ) as [string, string];
  writeFileSync(sound, 'database');
  symlinkSync(circle, circle);
  expect(listCopies(data).map(({ file, content }) => [file, content])).toEqual([[sound, 'database']]);
});
