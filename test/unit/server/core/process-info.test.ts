import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isSame,
  readBootMs,
  readCim,
  readPs,
  readStat,
  readUser,
  serverIn,
  splitCommandLine,
  splitNul,
  withRunIn,
} from '../../../../desktop/server/core/process-info';

type Server = 'stock' | 'app' | null;
/** The server's half reads the same table: test/python/process/test_process_info.py. */
const COMMAND_LINES: { words: { words: string[]; server: Server }[]; lines: { line: string; server: Server }[] } =
  JSON.parse(readFileSync(join(__dirname, '../../../fixtures/command-lines.json'), 'utf8'));

const ID = '0123456789abcdef0123456789abcdef';

describe('two processes are the same', () => {
  const known = { pid: 42, startTime: '1000@boot', executable: '/opt/server' };
  it('when PID, start time and file are the same', () => expect(isSame(known, { ...known })).toBe(true));
  it.each([
    ['the PID', { pid: 43 }],
    ['the start time', { startTime: '1001@boot' }],
    ['the boot ID', { startTime: '1000@other' }],
    ['the file', { executable: '/opt/other' }],
  ])('not when %s differs', (_what, change) => expect(isSame(known, { ...known, ...change })).toBe(false));
  it('when the system hides one of the files', () => {
    expect(isSame(known, { ...known, executable: '' })).toBe(true);
    expect(isSame({ ...known, executable: '' }, known)).toBe(true);
  });
  it('not when one does not exist', () => expect(isSame(known, undefined)).toBe(false));
});

describe('/proc', () => {
  const stat = (name: string, state = 'S') =>
    `7 (${name}) ${state} 1 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 4711 9000 300 18446744073709551615\n`;
  it.each(['node', 'a (b) c', ') S 1 1', 'two\nlines'])('contains state and start time of a process named %j', name => {
    expect(readStat(stat(name))).toEqual({ state: 'S', ticks: 4711 });
  });
  it('shows a suspended process', () => expect(readStat(stat('node', 'T'))?.state).toBe('T'));
  it.each(['', '7 (node)', '7 (node) S 1 2'])('may be %j for a process that has just exited', text => {
    expect(readStat(text)).toBeUndefined();
  });
  it('contains the user', () => {
    expect(readUser('Name:\tnode\nUid:\t1000\t1001\t1002\t1003\nGid:\t5\t5\t5\t5\n')).toBe(1000);
    expect(readUser('Name:\tUid: 7\nUid: \t1000\t1001\n')).toBe(1000);
    expect(readUser('')).toBeUndefined();
  });
  it('contains the boot time', () => {
    expect(readBootMs('cpu 1 2\nbtime 1700000000\nprocesses 5\n')).toBe(1_700_000_000_000);
    expect(readBootMs('xbtime 1\nbtime 1 2\nbtime 1700000000\n')).toBe(1_700_000_000_000);
    expect(readBootMs('cpu 1 2\n')).toBeNaN();
  });
  it('contains arguments unchanged, also empty ones and those with blanks', () => {
    expect(splitNul('node\0\0a b\0')).toEqual(['node', '', 'a b']);
    expect(splitNul('')).toEqual([]);
  });
});

describe('ps of macOS', () => {
  it('prints user, state, start time and file, whose name may contain blanks', () => {
    const line = '  501 Ss   Tue Nov  4 09:16:45 2025     /Applications/My Bot.app/Contents/Resources/cachibot-server';
    expect(readPs(line)).toEqual({
      user: 501,
      state: 'Ss',
      startTime: 'Tue Nov  4 09:16:45 2025',
      executable: '/Applications/My Bot.app/Contents/Resources/cachibot-server',
    });
  });
  it('may print more blanks between columns, and days of two digits', () => {
    expect(readPs('501  S  Tue  Nov  14  09:16:45  2025  /bin/sleep  ')).toEqual({
      user: 501,
      state: 'S',
      startTime: 'Tue  Nov  14  09:16:45  2025',
      executable: '/bin/sleep',
    });
  });
  it.each(['', 'ps: No such process', '501 S', 'ps: 501 S Tue Nov 14 09:16:45 2025 /bin/sleep'])('may say %j', line =>
    expect(readPs(line)).toBeUndefined(),
  );

  it('finds the processes of a run by their environment', () => {
    const lines = [
      `  100 /bin/sleep 60 HOME=/Users/ada CACHIBOT_DESKTOP_RUN=${ID} PATH=/bin`,
      `  101 node server.js CACHIBOT_DESKTOP_RUN=${ID}`,
      `  102 node CACHIBOT_DESKTOP_RUN=${ID}0`,
      `  103 node OTHER_CACHIBOT_DESKTOP_RUN=${ID}`,
      '  104 node CACHIBOT_DESKTOP_RUN=',
      `ps: 105 node CACHIBOT_DESKTOP_RUN=${ID}`,
      'garbage',
    ];
    expect(withRunIn(lines.join('\n'), ID).map(({ pid }) => pid)).toEqual([100, 101]);
  });
});

describe('Win32_Process', () => {
  it('contains the facts that identify a process', () => {
    const json =
      '{"startTime":"2025-11-24T09:16:45.1234567Z","executable":"C:\\\\Bot\\\\s.exe","commandLine":"\\"C:\\\\My Bot\\\\s.exe\\" --port 5870","mine":true}';
    expect(readCim(json)).toEqual({
      startTime: '2025-11-24T09:16:45.1234567Z',
      executable: 'C:\\Bot\\s.exe',
      args: ['C:\\My Bot\\s.exe', '--port', '5870'],
      mine: true,
    });
  });
  it('may hide file and arguments of another user’s process', () => {
    expect(readCim('{"startTime":"x","executable":null,"commandLine":null,"mine":false}')).toEqual({
      startTime: 'x',
      executable: '',
      args: [],
      mine: false,
    });
  });
  it('may find no process', () => expect(readCim('none\r\n')).toBeUndefined());
  it.each(['', 'null', '{}', 'Get-CimInstance : Access denied'])('leaves it unknown with %j', text => {
    expect(readCim(text)).toBe('unknown');
  });
});

describe('a command line', () => {
  it.each(COMMAND_LINES.words)('of the words $words runs $server', ({ words, server }) => {
    expect(serverIn(words)).toBe(server ?? undefined);
  });
  it.each(COMMAND_LINES.lines)('$line runs $server', ({ line, server }) => {
    expect(serverIn(splitCommandLine(line))).toBe(server ?? undefined);
  });
});
