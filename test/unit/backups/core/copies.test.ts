import { expect, it } from 'vitest';
import { describeCopy, sizeAsText } from '../../../../desktop/backups/core/copies';

const atMs = Date.UTC(2026, 4, 1, 10, 0, 59);

it.each([
  ['cachibot-0.3.0-app-0.1.0-20260501T100059Z.db', { kind: 'upgrade', atMs, cachibot: '0.3.0', app: '0.1.0' }],
  ['cachibot-app-0.1.0-20260501T100059Z.db', { kind: 'upgrade', atMs, app: '0.1.0' }],
  ['cachibot-0.2.71-20260501T100059Z.db', { kind: 'upgrade', atMs, cachibot: '0.2.71' }],
  [
    'cachibot-1.0.0-beta.1-app-2.0.0-20260501T100059Z.db',
    { kind: 'upgrade', atMs, cachibot: '1.0.0-beta.1', app: '2.0.0' },
  ],
  ['cachibot-0.3.0-20260501T100059Z-2.db', { kind: 'upgrade', atMs, cachibot: '0.3.0' }],
  ['cachibot-unknown-20260501T100059Z.db', { kind: 'upgrade', atMs }],
  ['before-restore-20260501T100059Z.cachibot-backup', { kind: 'restore', atMs }],
  ['before-restore-20260501T100059Z-2.cachibot-backup', { kind: 'restore', atMs }],
])('describes %s', (name, expected) => expect(describeCopy(name)).toStrictEqual(expected));

it.each([
  'cachibot-0.3.0-app-0.1.0-20260501T100059Z.db.part',
  'before-restore-20260501T100059Z.cachibot-backup.part.db',
  'cachibot.db',
  'notes.txt',
])('does not take %s for a copy', name => expect(describeCopy(name)).toBeUndefined());

it.each([
  [0, '0.1 kB'],
  [4096, '4.1 kB'],
  [12_345, '12 kB'],
  [999_999, '1000 kB'],
  [1_000_000, '1 MB'],
  [1_234_567, '1.2 MB'],
  [999_999_999_999, '1000 GB'],
  [5e15, '5000 TB'],
])('writes %i bytes as %s', (bytes, text) => expect(sizeAsText(bytes)).toBe(text));
