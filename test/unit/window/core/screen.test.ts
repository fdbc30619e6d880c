import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Flaw } from '../../../../desktop/server/core/bundle-manifest';
import { EXIT_CODES } from '../../../../desktop/server/core/exit-codes';
import type { BackendState, Failure, Starting } from '../../../../desktop/server/core/state';
import {
  type FailureScreen,
  FORESEEN,
  failureAsText,
  screenFor,
  withRollback,
  withSwept,
} from '../../../../desktop/window/core/screen';
import { words } from '../../../../desktop/words/en';

const lines = ['Traceback', 'ModuleNotFoundError'];
const starting: Starting = { phase: 'starting', proved: false, modules: 0, slow: false, patient: false };

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
  it.each(Object.values(failures))('$kind has a title and an explanation in words', failure => {
    const { title, detail } = failureScreen(failure);
    expect(title).toMatch(/^[A-Z].{10,}[^.]$/);
    expect(detail).toMatch(/^.{30,}\.$/);
    expect(title + detail).not.toMatch(/undefined|null|NaN|\[object/);
  });

  it('has a title of its own', () => {
    const titles = Object.values(failures).map(failure => failureScreen(failure).title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each(['exited', 'too-slow', 'damaged'] as const)('%s shows what the server said last', kind => {
    expect(failureScreen(failures[kind]).lines).toEqual(lines);
  });

  it.each<[string, Failure, string]>([
    ['the code of an exit', failures.exited, 'code 3'],
    ['code 0, which is no excuse', { ...failures.exited, code: 0 }, 'code 0'],
    ['the signal of a violent end', { ...failures.exited, code: null, signal: 'SIGKILL' }, 'signal SIGKILL'],
    ['the seconds of silence', failures['too-slow'], '30 seconds'],
    ['what suspended it', { ...failures['too-slow'], stopped: true }, 'another program had suspended it'],
    ['the lost port', failures['port-lost'], 'port 5870'],
    ['the process that will not die', failures.stuck, '4242'],
    ['the folder that cannot be made', failures['no-workspace'], '/users/ada/CachiBot'],
    ['the missing file, and who may have taken it', failures['not-started'], '/opt/server is missing'],
    ['the missing permission', { ...failures['not-started'], reason: 'EACCES' }, 'permission'],
    ['the missing permission, macOS’s way', { ...failures['not-started'], reason: 'EPERM' }, 'permission'],
    ['the damaged bundle', failures.damaged, 'In the folder /opt/backend, cachibot-server is missing. Reinstall'],
    ['who may have damaged it', failures.damaged, 'antivirus'],
    ['the permission a server lacks', damaged('cachibot-server', 'not-executable'), 'permission to be executed'],
    ['a file cut short', damaged('_internal/base.zip', 'of-another-size'), '_internal/base.zip has the wrong size'],
    ['a changed file', damaged('_internal/base.zip', 'changed'), '_internal/base.zip has been changed'],
    ['the reason that the system gave', { ...failures['not-started'], reason: 'EIO' }, '/opt/server (EIO)'],
    ['the seconds without an answer', failures.unresponsive, '20 seconds'],
    ['how many more files are damaged', { ...failures.damaged, flawed: 2000 }, 'and 1999 more files are damaged'],
  ])('names %s', (_what, failure, words) => expect(failureScreen(failure).detail).toContain(words));

  it('names three damaged files, and what to do unless all may only not be executed', () => {
    const flaws = ['a', 'b', 'c', 'd'].map(file => ({ file, is: file === 'a' ? 'not-executable' : 'changed' }) as Flaw);
    const { detail } = failureScreen({ ...failures.damaged, flawed: 4, flaws });
    expect(detail).toMatch(/, a .+, b .+, c .+, and 1 more file is damaged/);
    expect(detail).toContain('antivirus');
  });

  it.each(['not-started', 'no-workspace', 'port-lost', 'unresponsive', 'stuck'] as const)('%s has no lines', kind => {
    expect(failureScreen(failures[kind]).lines).toEqual([]);
  });

  it('offers to stop the person’s own server, named by number and time, and no other', () => {
    const holder = { kind: 'stock', pid: 4242, beganMs: 1_764_000_000_000 } as const;
    const held = { ...failures.exited, code: 49, holder };
    const own = failureScreen(held);
    expect(own).toMatchObject({ title: FORESEEN[49].title, offersStop: true, lines });
    expect(own.detail).toMatch(
      /“cachibot server” \(PID 4242\), which you started, has been using your data since .*2025.*\d:\d\d/,
    );
    const app = failureScreen({ ...held, holder: { ...holder, kind: 'app' } });
    expect(app).toMatchObject({ title: FORESEEN[49].title, offersStop: false });
    expect(app.detail).toMatch(/Another CachiBot app has been using your data since .*2025.*4242.*Quit that app/);
  });

  it('has words of its own for each exit code that the entry can end with, save four', () => {
    const table = readFileSync(join(__dirname, '../../../../desktop/cachibot_desktop/exit_codes.py'), 'utf8');
    const entries = [...table.matchAll(/^ {4}([A-Z_]+) = (\d+)$/gm)].map(([, name, code]) => [name, Number(code)]);
    expect(Object.fromEntries(entries)).toEqual(EXIT_CODES);
    // CLEAN, UNEXPECTED and BAD_CALL say nothing a user could act on, and after PORT_TAKEN the shell takes another port.
    const withoutWords: number[] = [
      EXIT_CODES.CLEAN,
      EXIT_CODES.UNEXPECTED,
      EXIT_CODES.BAD_CALL,
      EXIT_CODES.PORT_TAKEN,
    ];
    const others = Object.values(EXIT_CODES).filter(code => !withoutWords.includes(code));
    expect(Object.keys(FORESEEN).map(Number)).toEqual(others);
    const screens = Object.values(EXIT_CODES).map(code => failureScreen({ ...failures.exited, code }).title);
    expect(screens).toContain(words.failure.diskFull.title);
  });

  it('tells an end before the server was ready from one after', () => {
    const before = failureScreen(failures.exited).title;
    const after = failureScreen({ ...failures.exited, ready: true }).title;
    expect([before, after]).toEqual([words.failure.stoppedBeforeReady, words.server.stopped]);
  });
});

describe('what a person sees', () => {
  const again = { because: { ...failures.exited, ready: true }, attempt: 2 };

  it.each<[string, BackendState, unknown]>([
    ['stopped: what was there stays', { phase: 'stopped' }, undefined],
    ['on the way out: what was there stays', { phase: 'stopping' }, undefined],
    [
      'giving up: that the server is being closed',
      { phase: 'stopping', because: failures['too-slow'] },
      { kind: 'splash', slow: false },
    ],
    ['starting: the splash', starting, { kind: 'splash', text: words.pages.starting, slow: false }],
    ['slow: the splash with a choice', { ...starting, slow: true }, { kind: 'splash', slow: true }],
    [
      'slow and patient: the splash without it',
      { ...starting, slow: true, patient: true },
      { kind: 'splash', slow: false },
    ],
    [
      'proved: the page, and the splash until it has painted',
      { ...starting, proved: true },
      { kind: 'app', splash: { kind: 'splash' } },
    ],
    ['ready: the page alone', { phase: 'ready', version: '0.3.0' }, { kind: 'app' }],
    [
      'a write-ahead log was moved: where it is now, once',
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
      'silent: the page, and what to do about it over it',
      { phase: 'ready', version: '0.3.0', silence: { silentMs: 20_400, stopped: false } },
      {
        kind: 'app',
        overlay: { text: expect.stringContaining('20 seconds'), busy: false, choices: ['wait', 'restart', 'logs'] },
      },
    ],
    [
      'stopped by somebody: that it is so',
      { phase: 'ready', version: '0.3.0', silence: { silentMs: 20_000, stopped: true } },
      { kind: 'app', overlay: { title: words.server.paused } },
    ],
    [
      'restarting: the page stays, with a word over it',
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
      'starting again: the same until it has shown to be ours',
      { ...starting, again },
      { kind: 'waiting', overlay: { title: words.server.stopped, choices: ['logs'] } },
    ],
    [
      'starting again, and ours: the page may load what it lacks, and is still covered',
      { ...starting, again, proved: true },
      { kind: 'app', overlay: { busy: true } },
    ],
    [
      'starting again and slow: the choice to wait',
      { ...starting, again, slow: true },
      { kind: 'waiting', overlay: { text: expect.stringContaining('longer than usual'), choices: ['wait', 'logs'] } },
    ],
    [
      'closing a server that hangs: the page stays',
      { phase: 'stopping', again: { because: failures.unresponsive, attempt: 1 } },
      { kind: 'waiting', overlay: { title: words.server.restarting, busy: true } },
    ],
  ])('%s', (_when, state, expected) => {
    const screen = screenFor(state);
    if (expected === undefined) expect(screen).toBeUndefined();
    else expect(screen).toMatchObject(expected as object);
  });

  it('has nothing over the page of a server that is well', () => {
    expect(screenFor({ phase: 'ready', version: '0.3.0' })).toStrictEqual({ kind: 'app' });
  });

  it('learns that a server which did not answer is started again, and its attempt from the second on', () => {
    const because = failures.unresponsive;
    const first = screenFor({ phase: 'restarting', waitMs: 1, because, attempt: 1 });
    expect(first).toMatchObject({ overlay: { text: expect.not.stringContaining('attempt') } });
    expect(first).not.toMatchObject({ overlay: { title: words.server.stopped } });
  });

  it('never sees the page before the server has shown to be ours', () => {
    for (const slow of [false, true])
      for (const patient of [false, true])
        expect(screenFor({ ...starting, modules: 900, slow, patient })?.kind).toBe('splash');
  });

  it('learns whether a slow server moves', () => {
    const textAt = (modules: number) => screenFor({ ...starting, slow: true, modules });
    expect(textAt(0)).toMatchObject({ text: expect.stringContaining(words.splash.notResponded) });
    expect(textAt(412)).toMatchObject({ text: expect.stringContaining('412 modules') });
  });
});

describe('what “Copy details” copies', () => {
  it('is everything on the page, and which versions these are', () => {
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

  it('has no heading for lines that are not there', () => {
    const { title, detail } = failureScreen(failures.stuck);
    const text = failureAsText(failureScreen(failures.stuck), 'CachiBot 1.0');
    expect(text).toBe([title, detail, '', 'CachiBot 1.0'].join('\n'));
  });
});

describe('what an earlier run had left', () => {
  const splash = { kind: 'splash', text: words.pages.starting, slow: false } as const;
  it.each([
    [{ servers: 1, others: 2 }, 'A server from an earlier session was still running. It has been stopped.'],
    [{ servers: 1, others: 1 }, 'A server from an earlier session was still running. It has been stopped.'],
    [{ servers: 0, others: 2 }, '2 programs from an earlier session were still running. They have been stopped.'],
    [{ servers: 0, others: 1 }, 'A program from an earlier session was still running. It has been stopped.'],
  ])('is said on the splash: %j', (swept, note) => {
    expect(withSwept(splash, swept)).toEqual({ ...splash, note });
    expect(withSwept({ kind: 'app', splash }, swept)).toEqual({ kind: 'app', splash: { ...splash, note } });
  });

  it('is nothing to say when it was nothing, or when there is no splash', () => {
    expect(withSwept(splash, { servers: 0, others: 0 })).toBe(splash);
    const app = { kind: 'app' } as const;
    expect(withSwept(app, { servers: 1, others: 0 })).toBe(app);
    const waiting = screenFor({ phase: 'restarting', waitMs: 1, because: failures.exited, attempt: 1 })!;
    expect(withSwept(waiting, { servers: 1, others: 0 })).toBe(waiting);
  });
});

describe('the way back from a new version that fails', () => {
  const failed = failureScreen(failures.exited);
  const back = { version: '1.0.0', by: 'file', data: false } as const;

  it('is offered on the failure page, after what went wrong', () => {
    const { detail, rollBack, ...rest } = withRollback(failed, back) as FailureScreen;
    expect(detail.startsWith(`${failed.detail} `)).toBe(true);
    expect(detail).toContain('version 1.0.0');
    expect(detail).not.toMatch(/data|download/);
    expect(rollBack).toContain('1.0.0');
    expect({ ...rest, detail: failed.detail }).toEqual(failed);
  });

  it('leads to the page of downloads where the version before is not kept', () => {
    const { detail, rollBack } = withRollback(failed, { ...back, by: 'page' }) as FailureScreen;
    expect(detail).toMatch(/reinstall version 1\.0\.0.*downloads/);
    expect(rollBack).toBe(words.rollBack.openDownloads);
  });

  it.each(['file', 'page'] as const)('says that there is a copy of the data, by %s', by => {
    expect(withRollback(failed, { ...back, by, data: true })).toMatchObject({ detail: expect.stringMatching(/data/) });
  });

  it('is not there when there is no version before, and on no other screen', () => {
    expect(withRollback(failed, undefined)).toBe(failed);
    const app = { kind: 'app' } as const;
    expect(withRollback(app, back)).toBe(app);
  });
});
