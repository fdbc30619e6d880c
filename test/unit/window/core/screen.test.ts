import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Flaw } from '../../../../desktop/server/core/bundle-manifest';
import { EXIT_CODES } from '../../../../desktop/server/core/exit-codes';
import type { BackendState, Failure, Starting } from '../../../../desktop/server/core/state';
import {
  type FailureScreen,
  failureAsText,
  KNOWN_FAILURES,
  screenFor,
  withCleanupNote,
  withReplacement,
  withRestoreProblem,
  withRollback,
} from '../../../../desktop/window/core/screen';
import { words } from '../../../../desktop/words/en';

const lines = ['Traceback', 'ModuleNotFoundError'];
const starting: Starting = {
  phase: 'starting',
  proved: false,
  modules: 0,
  slow: false,
  stalled: false,
  patient: false,
};

const failures: { [Kind in Failure['kind']]: Extract<Failure, { kind: Kind }> } = {
  'not-started': { kind: 'not-started', file: '/opt/server', reason: 'ENOENT' },
  damaged: {
    kind: 'damaged',
    folder: '/opt/backend',
    flawed: 1,
    flaws: [{ file: 'cachibot-server', is: 'missing' }],
    lines,
  },
  'no-workspace': { kind: 'no-workspace', folder: '/users/ada/CachiBot', reason: 'EACCES' },
  'port-lost': { kind: 'port-lost', port: 5870 },
  exited: { kind: 'exited', ready: false, code: 3, signal: null, lines },
  'too-slow': { kind: 'too-slow', silentMs: 30_000, stopped: false, lines },
  loopback: { kind: 'loopback' },
  unresponsive: { kind: 'unresponsive', silentMs: 20_000, stopped: false },
  stuck: { kind: 'stuck', pid: 4242 },
};

function damaged(file: string, is: Flaw['is']): Failure {
  return { ...failures.damaged, flaws: [{ file, is }] };
}

function failureScreen(failure: Failure): FailureScreen {
  const screen = screenFor({ phase: 'failed', failure });
  if (screen?.kind !== 'failure') throw new Error(`A failure shows ${screen?.kind ?? 'nothing'}.`);
  return screen;
}

describe('each failure', () => {
  it.each(Object.values(failures))('$kind has a title and an explanation', failure => {
    const { title, detail } = failureScreen(failure);
    expect(title).toMatch(/^[A-Z].{10,}[^.]$/);
    expect(detail).toMatch(/^.{30,}\.$/);
    expect(title + detail).not.toMatch(/undefined|null|NaN|\[object/);
  });

  it('has a different title', () => {
    const titles = Object.values(failures).map(failure => failureScreen(failure).title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each(['exited', 'too-slow', 'damaged'] as const)('%s shows the last lines of the server', kind => {
    expect(failureScreen(failures[kind]).lines).toEqual(lines);
  });

  it.each<[string, Failure, string]>([
    ['the exit code', failures.exited, 'code 3'],
    ['exit code 0, which is a failure here', { ...failures.exited, code: 0 }, 'code 0'],
    ['the signal', { ...failures.exited, code: null, signal: 'SIGKILL' }, 'signal SIGKILL'],
    ['the seconds of silence', failures['too-slow'], '30 seconds'],
    ['the suspension', { ...failures['too-slow'], stopped: true }, 'another program had suspended it'],
    ['the lost port', failures['port-lost'], 'port 5870'],
    ['the process that cannot be killed', failures.stuck, '4242'],
    ['the folder that cannot be created', failures['no-workspace'], '/users/ada/CachiBot'],
    ['the missing file', failures['not-started'], '/opt/server is missing'],
    ['the missing permission', { ...failures['not-started'], reason: 'EACCES' }, 'permission'],
    ['the missing permission on macOS', { ...failures['not-started'], reason: 'EPERM' }, 'permission'],
    ['the damaged bundle', failures.damaged, 'In the folder /opt/backend, cachibot-server is missing. Reinstall'],
    ['the likely cause of the damage', failures.damaged, 'antivirus'],
    [
      'the missing permission of a damaged bundle',
      damaged('cachibot-server', 'not-executable'),
      'permission to be executed',
    ],
    ['a truncated file', damaged('_internal/base.zip', 'of-another-size'), '_internal/base.zip has the wrong size'],
    ['a changed file', damaged('_internal/base.zip', 'changed'), '_internal/base.zip has been changed'],
    ['the system’s reason', { ...failures['not-started'], reason: 'EIO' }, '/opt/server (EIO)'],
    ['the seconds without a response', failures.unresponsive, '20 seconds'],
    ['the number of further damaged files', { ...failures.damaged, flawed: 2000 }, 'and 1999 more files are damaged'],
  ])('names %s', (_what, failure, words) => expect(failureScreen(failure).detail).toContain(words));

  it('names three damaged files, and the antivirus unless all of them only lack the permission', () => {
    const flaws = ['a', 'b', 'c', 'd'].map(file => ({ file, is: file === 'a' ? 'not-executable' : 'changed' }) as Flaw);
    const { detail } = failureScreen({ ...failures.damaged, flawed: 4, flaws });
    expect(detail).toMatch(/, a .+, b .+, c .+, and 1 more file is damaged/);
    expect(detail).toContain('antivirus');
  });

  it.each(['not-started', 'no-workspace', 'port-lost', 'loopback', 'unresponsive', 'stuck'] as const)(
    '%s has no lines',
    kind => {
      expect(failureScreen(failures[kind]).lines).toEqual([]);
    },
  );

  it('offers to stop the user’s own server, with its PID and start time, and no other server', () => {
    const holder = { kind: 'stock', pid: 4242, beganMs: 1_764_000_000_000 } as const;
    const held = { ...failures.exited, code: 49, holder };
    const own = failureScreen(held);
    expect(own).toMatchObject({ title: KNOWN_FAILURES[49].title, offersStop: true, lines });
    expect(own.detail).toMatch(
      /“cachibot server” \(PID 4242\), which you started, has been using your data since .*2025.*\d:\d\d/,
    );
    const app = failureScreen({ ...held, holder: { ...holder, kind: 'app' } });
    expect(app).toMatchObject({ title: KNOWN_FAILURES[49].title, offersStop: false });
    expect(app.detail).toMatch(/Another CachiBot app has been using your data since .*2025.*4242.*Quit that app/);
  });

  it('has words for each exit code with which a start can end, except four', () => {
    const table = readFileSync(join(__dirname, '../../../../desktop/cachibot_desktop/exit_codes.py'), 'utf8');
    const entries = [...table.matchAll(/^ {4}([A-Z_]+) = (\d+)$/gm)].map(([, name, code]) => [name, Number(code)]);
    expect(Object.fromEntries(entries)).toEqual(EXIT_CODES);
    // CLEAN, UNEXPECTED and USAGE say nothing a user could act on, and after PORT_TAKEN the shell takes another port.
    const withoutWords: number[] = [EXIT_CODES.CLEAN, EXIT_CODES.UNEXPECTED, EXIT_CODES.USAGE, EXIT_CODES.PORT_TAKEN];
    // A start never reads a backup.
    withoutWords.push(EXIT_CODES.BACKUP_UNUSABLE, EXIT_CODES.WRONG_PASSWORD);
    const others = Object.values(EXIT_CODES).filter(code => !withoutWords.includes(code));
    expect(Object.keys(KNOWN_FAILURES).map(Number)).toEqual(others);
    const screens = Object.values(EXIT_CODES).map(code => failureScreen({ ...failures.exited, code }).title);
    expect(screens).toContain(words.failure.diskFull.title);
  });

  it.each([
    ['a folder without rights', "CachiBot can't write to its data folder: /d (denied). Check it.", 'dataNotWritable'],
    ['no words of the server', 'OSError: [Errno 30]', 'dataNotWritable'],
    ['a lost disk', "The data folder /d is a link to /disk, which doesn't exist. Connect that disk.", undefined],
    ['a key that is a pipe', "The key for your stored secrets can't be read: /d/master.key is a pipe.", undefined],
  ] as const)('says of data that cannot be used what the server has said: %s', (_, said, key) => {
    const failure = { ...failures.exited, code: EXIT_CODES.HOME_NOT_WRITABLE, lines: ['a log line', said] };
    const other = { title: words.failure.dataNotUsable, detail: said };
    expect(failureScreen(failure)).toMatchObject(key === undefined ? other : words.failure[key]);
  });

  it('distinguishes an exit before the server was ready from a later exit', () => {
    const before = failureScreen(failures.exited).title;
    const after = failureScreen({ ...failures.exited, ready: true }).title;
    expect([before, after]).toEqual([words.failure.stoppedBeforeReady, words.server.stopped]);
  });
});

describe('screenFor', () => {
  const again = { because: { ...failures.exited, ready: true }, attempt: 2 };

  it.each<[string, BackendState, unknown]>([
    ['stopped: keeps the screen', { phase: 'stopped' }, undefined],
    ['stopping: keeps the screen', { phase: 'stopping' }, undefined],
    [
      'stopping after a failed start: a splash',
      { phase: 'stopping', because: failures['too-slow'] },
      { kind: 'splash', slow: false },
    ],
    ['starting: a splash', starting, { kind: 'splash', text: words.pages.starting, slow: false }],
    ['slow: a splash with buttons', { ...starting, slow: true }, { kind: 'splash', slow: true }],
    [
      'slow, and the user waits: a splash without buttons',
      { ...starting, slow: true, patient: true },
      { kind: 'splash', slow: false },
    ],
    [
      'proved: the page, with a splash until it has painted',
      { ...starting, proved: true },
      { kind: 'app', splash: { kind: 'splash' } },
    ],
    ['ready: the page alone', { phase: 'ready', version: '0.3.0' }, { kind: 'app' }],
    [
      'a write-ahead log was moved: a notice with its path',
      { phase: 'ready', version: '0.3.0', strayLog: '/d/cachibot.db-wal.unrelated-1' },
      {
        kind: 'app',
        notice: {
          text: expect.stringContaining('/d/cachibot.db-wal.unrelated-1'),
          busy: false,
          choices: ['dismiss', 'logs'],
        },
      },
    ],
    ['attached: the page alone', { phase: 'attached', version: '0.3.0' }, { kind: 'app' }],
    [
      'silent: the page, with an overlay that offers to wait or restart',
      { phase: 'ready', version: '0.3.0', silence: { silentMs: 20_400, stopped: false } },
      {
        kind: 'app',
        overlay: { text: expect.stringContaining('20 seconds'), busy: false, choices: ['wait', 'restart', 'logs'] },
      },
    ],
    [
      'suspended: an overlay that says so',
      { phase: 'ready', version: '0.3.0', silence: { silentMs: 20_000, stopped: true } },
      { kind: 'app', overlay: { title: words.server.paused } },
    ],
    [
      'cut off: an overlay that blames the network, not the server',
      { phase: 'ready', version: '0.3.0', silence: { silentMs: 20_000, stopped: false, cut: true } },
      { kind: 'app', overlay: { title: words.failure.loopbackCut, busy: false, choices: ['wait', 'restart', 'logs'] } },
    ],
    [
      'restarting: the page, with an overlay',
      { phase: 'restarting', waitMs: 500, ...again },
      {
        kind: 'waiting',
        splash: { kind: 'splash', text: expect.stringContaining('attempt 2'), slow: false },
        overlay: {
          title: words.server.stopped,
          text: expect.stringContaining('attempt 2'),
          busy: true,
          choices: ['logs'],
        },
      },
    ],
    [
      'restarted, not proved: the same',
      { ...starting, again },
      { kind: 'waiting', overlay: { title: words.server.stopped, choices: ['logs'] } },
    ],
    [
      'restarted, proved: the page may be reloaded below the overlay',
      { ...starting, again, proved: true },
      { kind: 'app', overlay: { busy: true } },
    ],
    [
      'restarted, slow: the overlay offers to wait',
      { ...starting, again, slow: true },
      { kind: 'waiting', overlay: { text: expect.stringContaining('longer than usual'), choices: ['wait', 'logs'] } },
    ],
    [
      'stopping a server that hangs: the page, with an overlay',
      { phase: 'stopping', again: { because: failures.unresponsive, attempt: 1 } },
      { kind: 'waiting', overlay: { title: words.server.restarting, busy: true } },
    ],
  ])('%s', (_when, state, expected) => {
    const screen = screenFor(state);
    if (expected === undefined) expect(screen).toBeUndefined();
    else expect(screen).toMatchObject(expected as object);
  });

  it('shows no overlay while the server responds', () => {
    expect(screenFor({ phase: 'ready', version: '0.3.0' })).toStrictEqual({ kind: 'app' });
  });

  it('says that an unresponsive server is being restarted, with the number of the second attempt and later ones', () => {
    const because = failures.unresponsive;
    const first = screenFor({ phase: 'restarting', waitMs: 1, because, attempt: 1 });
    expect(first).toMatchObject({ overlay: { text: expect.not.stringContaining('attempt') } });
    expect(first).not.toMatchObject({ overlay: { title: words.server.stopped } });
  });

  it('never shows the page before the server is proved', () => {
    for (const slow of [false, true])
      for (const patient of [false, true])
        expect(screenFor({ ...starting, modules: 900, slow, patient })?.kind).toBe('splash');
  });

  it('says above a page that can be used already that its server has stalled, not that it is slow', () => {
    const proved = { ...starting, proved: true, slow: true };
    expect(screenFor(proved)).not.toHaveProperty('overlay');
    const overlay = { busy: true, choices: ['wait', 'logs'], text: words.splash.noProgress };
    expect(screenFor({ ...proved, stalled: true })).toMatchObject({ kind: 'app', overlay });
    expect(screenFor({ ...proved, stalled: true, patient: true })).not.toHaveProperty('overlay');
  });

  it('shows the progress of a slow server', () => {
    const textAt = (modules: number) => screenFor({ ...starting, slow: true, modules });
    expect(textAt(0)).toMatchObject({ text: expect.stringContaining(words.splash.notResponded) });
    expect(textAt(412)).toMatchObject({ text: expect.stringContaining('412 modules') });
  });
});

describe('a restore that is not finished', () => {
  const pending = failureScreen({ ...failures.exited, code: EXIT_CODES.RESTORE_PENDING });

  it('is finished by a restart of the app, which the failure page offers', () => {
    expect(pending).toEqual({ kind: 'failure', ...words.failure.restorePending, lines, offersRestart: true });
    expect(failureScreen(failures.exited)).not.toHaveProperty('offersRestart');
  });

  it('names the reason why this start has not finished it', () => {
    const { detail } = withRestoreProblem(pending, 'The disk is full.') as FailureScreen;
    expect(detail).toBe(`The disk is full. ${pending.detail}`);
    expect(withRestoreProblem(pending, undefined)).toBe(pending);
    const app = { kind: 'app' } as const;
    expect(withRestoreProblem(app, 'The disk is full.')).toBe(app);
  });
});

describe('failureAsText', () => {
  it('returns all texts of the page, and the versions', () => {
    const text = failureAsText(failureScreen(failures.exited), 'CachiBot 1.0');
    expect(text.split('\n')).toEqual([
      words.failure.stoppedBeforeReady,
      expect.stringContaining('code 3'),
      '',
      'Last output from the server:',
      ...lines,
      '',
      'CachiBot 1.0',
    ]);
  });

  it('has no heading without lines', () => {
    const { title, detail } = failureScreen(failures.stuck);
    const text = failureAsText(failureScreen(failures.stuck), 'CachiBot 1.0');
    expect(text).toBe([title, detail, '', 'CachiBot 1.0'].join('\n'));
  });
});

describe('withCleanupNote', () => {
  const splash = { kind: 'splash', text: words.pages.starting, slow: false } as const;
  it.each([
    [{ servers: 1, others: 2 }, 'A server from an earlier session was still running. It has been stopped.'],
    [{ servers: 1, others: 1 }, 'A server from an earlier session was still running. It has been stopped.'],
    [{ servers: 0, others: 2 }, '2 programs from an earlier session were still running. They have been stopped.'],
    [{ servers: 0, others: 1 }, 'A program from an earlier session was still running. It has been stopped.'],
  ])('adds a note to the splash: %j', (counts, note) => {
    expect(withCleanupNote(splash, counts)).toEqual({ ...splash, note });
    expect(withCleanupNote({ kind: 'app', splash }, counts)).toEqual({ kind: 'app', splash: { ...splash, note } });
  });

  it('adds no note when no process was left, or without a splash', () => {
    expect(withCleanupNote(splash, { servers: 0, others: 0 })).toBe(splash);
    const app = { kind: 'app' } as const;
    expect(withCleanupNote(app, { servers: 1, others: 0 })).toBe(app);
    const waiting = screenFor({ phase: 'restarting', waitMs: 1, because: failures.exited, attempt: 1 })!;
    expect(withCleanupNote(waiting, { servers: 1, others: 0 })).toBe(waiting);
  });
});

describe('withRollback', () => {
  const failed = failureScreen(failures.exited);
  const option = { version: '1.0.0', by: 'file', data: false } as const;

  it('adds the offer to the failure, after the cause', () => {
    const { detail, rollBack, ...rest } = withRollback(failed, option) as FailureScreen;
    expect(detail).toBe(`${failed.detail} ${words.rollBack.kept('1.0.0')}`);
    expect(detail).toContain('version 1.0.0');
    expect(detail).not.toMatch(/data|download/);
    expect(rollBack).toContain('1.0.0');
    expect({ ...rest, detail: failed.detail }).toEqual(failed);
  });

  it('leads to the downloads page where the previous version is not kept', () => {
    const { detail, rollBack } = withRollback(failed, { ...option, by: 'page' }) as FailureScreen;
    expect(detail).toMatch(/reinstall version 1\.0\.0.*downloads/);
    expect(rollBack).toBe(words.rollBack.openDownloads);
  });

  it.each(['file', 'page'] as const)('says that there is a backup of the data, by %s', by => {
    expect(withRollback(failed, { ...option, by, data: true })).toMatchObject({
      detail: expect.stringMatching(/data/),
    });
  });

  it('changes nothing without an option, or on another screen', () => {
    expect(withRollback(failed, undefined)).toBe(failed);
    const app = { kind: 'app' } as const;
    expect(withRollback(app, option)).toBe(app);
  });
});

describe('withReplacement', () => {
  const failed = failureScreen(failures.exited);

  it('names a replaced program as the cause, and offers to restart', () => {
    expect(withReplacement(failed, true)).toEqual({
      ...failed,
      title: words.page.appUpdated,
      detail: words.page.failedAfterUpdate,
      offersRestart: true,
    });
  });

  it('changes nothing while the program is the same, or on another screen', () => {
    expect(withReplacement(failed, false)).toBe(failed);
    const app = { kind: 'app' } as const;
    expect(withReplacement(app, true)).toBe(app);
  });
});
