import { describe, expect, it } from 'vitest';
import {
  type Facts,
  folders,
  ORIGIN,
  PREFERRED_PORT,
  readConfig,
  UsageError,
} from '../../../../desktop/startup/core/config';

function read(changes: Partial<Facts> = {}) {
  return readConfig({
    env: {},
    platform: 'linux',
    packaged: false,
    resources: '/opt/CachiBot/resources',
    args: [],
    cwd: '/users/ada',
    isRoot: false,
    ...changes,
  });
}

const ownServer = (value: unknown) => ({ CACHIBOT_DESKTOP_SERVER: JSON.stringify(value) });

describe('without arguments', () => {
  it('runs the bundled server on the user’s own data', () => {
    expect(read()).toMatchObject({
      mode: 'app',
      data: 'own',
      relaunches: 0,
      hidden: false,
      server: {
        kind: 'command',
        file: '/opt/CachiBot/resources/backend/cachibot-server',
        args: [],
        identity: 'token',
        bundle: { folder: '/opt/CachiBot/resources/backend', server: 'cachibot-server' },
      },
    });
  });

  it.each([
    ['linux', 'cachibot-server', true],
    ['darwin', 'cachibot-server', true],
    ['win32', 'cachibot-server.exe', false],
  ])('has the server’s file name on %s, and whether it gets a process group', (platform, file, processGroup) => {
    const config = read({ platform });
    expect(config.server).toMatchObject({ file: `/opt/CachiBot/resources/backend/${file}` });
    expect(config.platform.processGroup).toBe(processGroup);
  });

  it.each(['freebsd', 'constructor', ''])('throws an error on an unsupported system: "%s"', platform => {
    expect(() => read({ platform })).toThrow('Windows, macOS or Linux');
  });

  it('has one origin for the page, at the preferred port', () => {
    expect(new URL(ORIGIN).port).toBe(String(PREFERRED_PORT));
    expect(new URL(ORIGIN).hostname).toBe('127.0.0.1');
  });
});

describe('arguments', () => {
  it.each([
    [['--smoke'], { mode: 'smoke', data: 'temporary' }],
    [['--doctor'], { mode: 'doctor', data: 'own' }],
    [['--data', '/tmp/x'], { mode: 'app', data: { home: '/tmp/x', profile: '/tmp/x/profile' } }],
    [['--data=/tmp/x'], { mode: 'app', data: { home: '/tmp/x', profile: '/tmp/x/profile' } }],
    [['--data=/tmp/a=b'], { data: { home: '/tmp/a=b' } }],
    [['--smoke', '--data', '/tmp/x'], { mode: 'smoke', data: { home: '/tmp/x' } }],
    [['--data', '/tmp/x', '--smoke'], { mode: 'smoke', data: { home: '/tmp/x' } }],
    [['--data', 'mine'], { data: { home: '/users/ada/mine' } }],
    [['--backup', 'all'], { mode: 'backup', backup: { kind: 'backup', file: '/users/ada/all' } }],
    [['--restore=/tmp/a=b'], { mode: 'backup', data: 'own', backup: { kind: 'restore', file: '/tmp/a=b' } }],
    [['--password-file', 'p', '--restore', 'a'], { backup: { file: '/users/ada/a', passwordFile: '/users/ada/p' } }],
    [['--relaunched=2'], { relaunches: 2 }],
    [['--relaunched=many'], { relaunches: 0 }],
    [['--relaunched=2', '--no-sandbox'], { relaunches: 2 }],
    [[], { hidden: false }],
    [['--hidden'], { mode: 'app', hidden: true }],
    [['--quit'], { mode: 'quit' }],
    [['--quit', '--data', '/d'], { mode: 'quit', data: { home: '/d', profile: '/d/profile' } }],
    [['--hidden', '--smoke'], { mode: 'smoke', hidden: false }],
    [['--help'], { mode: 'help' }],
    [['-h', '--data'], { mode: 'help' }],
    [['--version', '--nonsense'], { mode: 'version' }],
    [['--disable-gpu', '--enable-features=X', '--lang=de', '--', '--inspect=0', '-psn_0_1'], { mode: 'app' }],
    [['notes--backup', 'a--nonsense'], { mode: 'app' }],
    [['x'.repeat(4_000)], { mode: 'app' }],
    [['--no-sandbox', 'cachibot://open', '/some/file'], { mode: 'app', data: 'own', relaunches: 0 }],
  ])('%j', (args, expected) => expect(read({ args })).toMatchObject(expected));

  it('have a password only with --password-file', () => {
    expect(read({ args: ['--backup', '/tmp/all'] }).backup).toStrictEqual({ kind: 'backup', file: '/tmp/all' });
  });

  it.each([[['--data']], [['--data=']], [['--data', '']], [['--data', '--smoke']]])(
    '%j throws an error that names the missing value',
    args => {
      expect(() => read({ args })).toThrow('--data needs a folder: --data FOLDER.');
    },
  );

  it.each(['--backup', '--restore', '--password-file'])('%s throws an error that names the missing value', option => {
    for (const args of [[option], [`${option}=`], [option, ''], [option, '--data']])
      expect(() => read({ args })).toThrow(`${option} needs a file: ${option} FILE.`);
  });
});

describe('wrong arguments', () => {
  it.each([
    [['--nonsense'], 'There is no option --nonsense.'],
    [['--nonsense=1'], 'There is no option --nonsense=1.'],
    [[`--${'x'.repeat(80)}`], `There is no option --${'x'.repeat(78)}. `],
    [['--Help'], 'There is no option --Help.'],
    [['--data', '/x', '--backups'], 'There is no option --backups.'],
    [['x'.repeat(4_001)], 'The arguments are too long: at most 4000 bytes are allowed.'],
    [['ü'.repeat(2_001)], 'The arguments are too long'],
    [['a'.repeat(2_000), 'b'.repeat(2_000)], 'The arguments are too long'],
  ])('%j are a UsageError', (args, message) => {
    expect(() => read({ args })).toThrow(UsageError);
    expect(() => read({ args })).toThrow(message);
  });

  it('are not the only problem when the environment is wrong, too', () => {
    const readBoth = () => read({ args: ['--nonsense'], env: { CACHIBOT_URL: 'elsewhere' } });
    expect(readBoth).toThrow(/--nonsense.*\nCACHIBOT_URL/);
    expect(readBoth).not.toThrow(UsageError);
  });
});

describe('the folder of --data', () => {
  it.each([
    ['/tmp/x', '/tmp/x'],
    ['C:\\x', 'C:\\x'],
    ['d:/x', 'd:/x'],
    ['\\\\host\\share', '\\\\host\\share'],
    ['x', '/users/ada/x'],
    ['x:y', '/users/ada/x:y'],
    ['x/y', '/users/ada/x/y'],
  ])('%s is %s', (data, home) => {
    expect(folders(data, '/users/ada')).toEqual({ home, profile: `${home}/profile` });
  });
});

describe('CACHIBOT_URL', () => {
  it.each([
    ['http://127.0.0.1:5870', 'http://127.0.0.1:5870'],
    ['http://127.0.0.1:5870/', 'http://127.0.0.1:5870'],
    ['http://localhost:8000', 'http://localhost:8000'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
    ['HTTP://LocalHost:8000', 'http://localhost:8000'],
  ])('attaches to %s', (CACHIBOT_URL, url) => {
    expect(read({ env: { CACHIBOT_URL } }).server).toEqual({ kind: 'attached', url });
  });

  it.each([
    '',
    '5870',
    'yes',
    '127.0.0.1:5870',
    'localhost:5870',
    'https://127.0.0.1:5870',
    'ws://127.0.0.1:5870',
    'file:///etc/passwd',
    'http://example.com',
    'http://192.168.1.5:5870',
    'http://0.0.0.0:5870',
    'http://127.0.0.1.example.com:5870',
    'http://127.0.0.1:5870@example.com',
    'http://localhost.example.com',
    'http://ada@127.0.0.1:5870',
    'http://:secret@127.0.0.1:5870',
    'http://127.0.0.1:5870/chat',
    'http://127.0.0.1:5870/?a=1',
    'http://127.0.0.1:5870/#a',
  ])('is one clear error when it says "%s"', CACHIBOT_URL => {
    expect(() => read({ env: { CACHIBOT_URL } })).toThrow(
      `CACHIBOT_URL must be the address of a server on this computer, such as ${ORIGIN}, not "${CACHIBOT_URL}".`,
    );
  });

  it('takes precedence over CACHIBOT_DESKTOP_SERVER: two servers would use the same data', () => {
    const env = { CACHIBOT_URL: 'http://127.0.0.1:9000', ...ownServer({ command: ['python'], identity: 'token' }) };
    expect(read({ env }).server.kind).toBe('attached');
  });
});

describe('CACHIBOT_DESKTOP_SERVER', () => {
  it.each(['token', 'child'])('sets the program, its arguments, and the identity %s', identity => {
    const env = ownServer({ command: ['python', '-m', 'entry'], identity });
    expect(read({ env }).server).toEqual({ kind: 'command', file: 'python', args: ['-m', 'entry'], identity });
  });

  it('may set the folder of a frozen server', () => {
    expect(read({ env: ownServer({ bundle: '/built/backend' }) }).server).toEqual({
      kind: 'command',
      file: '/built/backend/cachibot-server',
      args: [],
      identity: 'token',
      bundle: { folder: '/built/backend', server: 'cachibot-server' },
    });
  });

  it.each([
    '',
    'python entry.py',
    'null',
    '[]',
    '{}',
    '5',
    '{"command":[],"identity":"token"}',
    '{"command":"python","identity":"token"}',
    '{"command":["python",1],"identity":"token"}',
    '{"command":["python"]}',
    '{"command":["python"],"identity":"anyone"}',
    '{"bundle":5}',
    '{"bundle":"/built/backend","command":"python"}',
  ])('is one clear error when it says %s', CACHIBOT_DESKTOP_SERVER => {
    expect(() => read({ env: { CACHIBOT_DESKTOP_SERVER } })).toThrow('CACHIBOT_DESKTOP_SERVER must be JSON such as');
  });
});

it('lists every problem at once, one on each line', () => {
  const problems = () => read({ args: ['--data'], env: { CACHIBOT_URL: 'elsewhere' } });
  expect(problems).toThrow(/^CachiBot can’t start:\n--data needs .+\nCACHIBOT_URL must .+$/);
});

describe('packaged', () => {
  it.each([
    ['a server to attach to', { CACHIBOT_URL: 'http://127.0.0.1:9000' }],
    ['another server', ownServer({ command: ['evil'], identity: 'child' })],
    ['another frozen server', ownServer({ bundle: '/tmp/evil' })],
    ['a wrong address', { CACHIBOT_URL: 'http://example.com' }],
    ['a damaged server', { CACHIBOT_DESKTOP_SERVER: '{' }],
  ])('ignores the environment: %s', (_what, env) => {
    expect(read({ packaged: true, env }).server).toEqual(read({ packaged: true }).server);
  });
});

describe('without Chromium’s sandbox', () => {
  const bare = { packaged: true, args: ['--no-sandbox'] };

  it('a packed app does not start, and names the remedies', () => {
    expect(() => read(bare)).toThrow(/user namespaces are disabled.*[\s\S]*\.deb package/);
  });

  it.each<[string, Partial<Facts>]>([
    ['the user has chosen that', { ...bare, env: { CACHIBOT_DESKTOP_WITHOUT_SANDBOX: '1' } }],
    ['it runs as root', { ...bare, isRoot: true }],
    ['it is a clone', { ...bare, packaged: false }],
  ])('the app starts when %s', (_, facts) => {
    expect(read(facts)).toMatchObject({ mode: 'app' });
  });
});
