/** The chaos tests recognize screens by these patterns, and take minutes: here each is compared with its screen. */

import { expect, it } from 'vitest';
import type { BackendState, Failure } from '../../../desktop/server/core/state';
import { screenFor } from '../../../desktop/window/core/screen';
import { SCREEN } from '../../drivers/screen-words';

const exited = { kind: 'exited', ready: false, code: 3, signal: null, lines: ['The last line.'] } as const;
const silence = { silentMs: 30_000, stopped: true };
const damaged = (is: 'changed' | 'missing'): Failure => ({
  kind: 'damaged',
  folder: '/opt/backend',
  flawed: 1,
  flaws: [{ file: 'libpython3.12.so', is }],
  lines: [],
});
const failed = (failure: Failure): BackendState => ({ phase: 'failed', failure });
const starting = { phase: 'starting', proved: false, modules: 0, stalled: false, patient: false } as const;
const owner = { kind: 'stock', pid: 4242, beganMs: 0 } as const;

/** As `write_failure` in `cachibot_desktop/data/folder.py` says it. */
const READ_ONLY = "CachiBot can't write to its data folder: /home/ada/.cachibot (Read-only file system). Check that.";

it.each<[string, RegExp, BackendState]>([
  ['a start', SCREEN.starting, { ...starting, slow: false }],
  ['a start, perhaps slow', SCREEN.startingOrSlow, { ...starting, slow: false }],
  ['a slow start', SCREEN.startingOrSlow, { ...starting, slow: true }],
  ['a slow start that loads', SCREEN.startingOrSlow, { ...starting, slow: true, modules: 400 }],
  ['an early exit', SCREEN.notReady('code 3'), failed(exited)],
  ['an early exit and its last line', SCREEN.notReady('The last line.'), failed(exited)],
  ['a later exit', SCREEN.stopped, failed({ ...exited, ready: true })],
  ['a suspended server', SCREEN.suspended, { phase: 'ready', version: '1', silence }],
  ['a silent server', SCREEN.silent, { phase: 'ready', version: '1', silence: { ...silence, stopped: false } }],
  ['a server suspended at startup', SCREEN.suspendedAtStartup, failed({ kind: 'too-slow', lines: [], ...silence })],
  ['data in use', SCREEN.dataInUse, failed({ ...exited, code: 49 })],
  ['data in use by a server', SCREEN.dataInUseBy(4242), failed({ ...exited, code: 49, holder: owner })],
  [
    'data in use by an app',
    SCREEN.dataInUseBy(4242),
    failed({ ...exited, code: 49, holder: { ...owner, kind: 'app' } }),
  ],
  ['read-only data', SCREEN.dataReadOnly, failed({ ...exited, code: 50, lines: [READ_ONLY] })],
  ['a full disk', SCREEN.diskFull, failed({ ...exited, code: 51 })],
  ['a damaged database', SCREEN.databaseDamaged, failed({ ...exited, code: 52 })],
  ['newer data', SCREEN.newerData, failed({ ...exited, code: 53 })],
  ['a changed file', SCREEN.fileChanged('libpython'), failed(damaged('changed'))],
  ['a missing file', SCREEN.fileDamaged('libpython'), failed(damaged('missing'))],
  [
    'no work folder',
    SCREEN.noWorkspace,
    failed({ kind: 'no-workspace', folder: '/home/ada/CachiBot', reason: 'EACCES' }),
  ],
])('the pattern of %s is in its screen', (_what, pattern, state) => {
  const screen = screenFor(state);
  const shown = screen?.kind === 'failure' ? [screen.title, screen.detail, ...screen.lines].join('\n') : '';
  expect(shown || JSON.stringify(screen)).toMatch(pattern);
});
