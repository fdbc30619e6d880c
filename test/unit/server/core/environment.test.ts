import { describe, expect, it } from 'vitest';
import {
  commandEnvironment,
  sanitizedEnvironment,
  serverEnvironment,
} from '../../../../desktop/server/core/environment';

const own = {
  port: 5901,
  identity: 'token',
  home: '/users/ada',
  homeVariable: 'HOME',
  workspace: '/users/ada/CachiBot',
  shellPid: 4242,
  version: '1.2.3',
  runId: '0123456789abcdef'.repeat(2),
  hangFile: '/users/ada/logs/hang.txt',
  profile: '/users/ada/profile',
  proxy: 'system',
  open: { v1: false, webhooks: false },
} as const;

describe('the server’s environment', () => {
  it('is the caller’s, with the variables of the contract', () => {
    expect(serverEnvironment({ PATH: '/bin', LANG: 'de_DE.UTF-8' }, own)).toEqual({
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      HOME: '/users/ada',
      CACHIBOT_DESKTOP: 'true',
      _CACHIBOT_PORT: '5901',
      CACHIBOT_WORKSPACE: '/users/ada/CachiBot',
      CACHIBOT_DESKTOP_PARENT: '4242',
      CACHIBOT_DESKTOP_VERSION: '1.2.3',
      CACHIBOT_DESKTOP_HANG_FILE: '/users/ada/logs/hang.txt',
      CACHIBOT_DESKTOP_PROFILE: '/users/ada/profile',
      CACHIBOT_DESKTOP_RUN: own.runId,
      PYTHONUNBUFFERED: '1',
      PYTHONUTF8: '1',
      CACHIBOT_DESKTOP_CALLER_ENV: expect.any(String),
    });
  });

  it('contains the caller’s own values, which the server restores for the agent’s children', () => {
    const caller = { DATABASE_URL: 'postgres://theirs', HOME: '/users/eve', PYTHONUTF8: '0' };
    expect(JSON.parse(serverEnvironment(caller, own)['CACHIBOT_DESKTOP_CALLER_ENV'] ?? '')).toEqual({
      DATABASE_URL: 'postgres://theirs',
      CACHIBOT_DATABASE_URL: null,
      PYTHONPATH: null,
      PYTHONHOME: null,
      HOME: '/users/eve',
      PYTHONUNBUFFERED: null,
      PYTHONUTF8: '0',
    });
  });

  it('opens CachiBot’s interfaces for other programs only if the user has opened them', () => {
    const names = ['CACHIBOT_DESKTOP_OPEN_V1', 'CACHIBOT_DESKTOP_OPEN_WEBHOOKS'];
    const opened = (v1: boolean, webhooks: boolean, caller = {}) => {
      const env = serverEnvironment(caller, { ...own, open: { v1, webhooks } });
      return names.filter(name => env[name] === '1');
    };
    expect(opened(false, false, Object.fromEntries(names.map(name => [name, '1'])))).toEqual([]);
    expect(opened(true, false)).toEqual(['CACHIBOT_DESKTOP_OPEN_V1']);
    expect(opened(false, true)).toEqual(['CACHIBOT_DESKTOP_OPEN_WEBHOOKS']);
  });

  describe('with a proxy of the settings', () => {
    const caller = {
      PATH: '/bin',
      HTTPS_PROXY: 'http://callers:1',
      Http_Proxy: 'http://callers:2',
      NO_PROXY: 'lan.example',
    };
    const proxies = (proxy: string) =>
      Object.entries(serverEnvironment(caller, { ...own, proxy }))
        .filter(([name, value]) => /proxy/i.test(name) && value !== undefined)
        .sort(([one], [other]) => (one < other ? -1 : 1));

    it('has the caller’s for that of the system', () => {
      expect(proxies('system')).toEqual(
        Object.entries(caller)
          .filter(([name]) => name !== 'PATH')
          .sort(([one], [other]) => (one < other ? -1 : 1)),
      );
    });

    it('has its address, in both cases, and no exceptions', () => {
      const names = ['ALL_PROXY', 'HTTPS_PROXY', 'HTTP_PROXY', 'all_proxy', 'http_proxy', 'https_proxy'];
      expect(proxies('http://p.example:8080')).toEqual(names.map(name => [name, 'http://p.example:8080']));
      expect(proxies('socks5://p.example:1080')).toEqual(names.map(name => [name, 'socks5h://p.example:1080']));
      expect(proxies('http://socks5:1080')).toEqual(names.map(name => [name, 'http://socks5:1080']));
    });

    it('reaches everything directly without one, also if the system has a proxy', () => {
      expect(proxies('direct')).toEqual([
        ['NO_PROXY', '*'],
        ['no_proxy', '*'],
      ]);
    });

    it('contains the caller’s values, which the server restores for the agent’s children', () => {
      const restored = (proxy: string) =>
        JSON.parse(serverEnvironment(caller, { ...own, proxy })['CACHIBOT_DESKTOP_CALLER_ENV'] ?? '');
      expect(restored('direct')).toMatchObject({
        HTTPS_PROXY: 'http://callers:1',
        NO_PROXY: 'lan.example',
        http_proxy: null,
      });
      expect(restored('system')).not.toHaveProperty('HTTPS_PROXY');
    });
  });

  it.each(['token', 'child'] as const)('contains no token for a server whose identity is `%s`', identity => {
    const env = serverEnvironment({ CACHIBOT_DESKTOP_TOKEN: 'the caller’s' }, { ...own, identity });
    expect(env).not.toHaveProperty('CACHIBOT_DESKTOP_TOKEN');
    expect(Object.values(env).join()).not.toContain('the caller’s');
  });

  it.each(['CACHIBOT_DESKTOP_PARENT', '_CACHIBOT_PORT', 'CACHIBOT_WORKSPACE', 'CACHIBOT_DESKTOP', 'HOME'])(
    'does not let the caller decide %s',
    name => {
      expect(serverEnvironment({ [name]: 'the caller’s' }, own)[name]).not.toBe('the caller’s');
    },
  );

  it.each(['DATABASE_URL', 'CACHIBOT_DATABASE_URL', 'database_url', 'Cachibot_Database_Url'])(
    'does not contain the caller’s %s, which would select another database, in upper or lower case',
    name => {
      expect(serverEnvironment({ [name]: 'postgresql://elsewhere/' }, own)).not.toHaveProperty(name);
      expect(sanitizedEnvironment({ [name]: 'postgresql://elsewhere/' })).toEqual({});
    },
  );

  it.each(['CACHIBOT_DESKTOP_SERVER', 'CACHIBOT_URL', 'ELECTRON_RUN_AS_NODE', 'ELECTRON_NO_ATTACH_CONSOLE'])(
    'does not pass %s on to the agent',
    name => expect(serverEnvironment({ [name]: '1' }, own)).not.toHaveProperty(name),
  );

  it.each(['PYTHONPATH', 'PYTHONHOME'])('passes %s on to stock CachiBot only', name => {
    expect(serverEnvironment({ [name]: '/theirs' }, own)).not.toHaveProperty(name);
    expect(serverEnvironment({ [name]: '/theirs' }, { ...own, identity: 'child' })).toHaveProperty(name, '/theirs');
  });

  it('gives stock CachiBot no variable that only our own entry reads', () => {
    const names = (identity: 'token' | 'child') => Object.keys(serverEnvironment({}, { ...own, identity }));
    const onlyOurs = names('token').filter(name => !names('child').includes(name));
    expect(onlyOurs).toEqual(['CACHIBOT_DESKTOP_VERSION', 'CACHIBOT_DESKTOP_HANG_FILE', 'CACHIBOT_DESKTOP_PROFILE']);
  });

  it('sets the home folder in the system’s own variable', () => {
    const env = serverEnvironment({ HOME: '/a' }, { ...own, homeVariable: 'USERPROFILE', home: 'C:\\Users\\ada' });
    expect(env).toMatchObject({ HOME: '/a', USERPROFILE: 'C:\\Users\\ada' });
  });

  it('does not change the caller’s environment', () => {
    const caller = Object.freeze({ DATABASE_URL: 'x', PATH: '/bin' });
    serverEnvironment(caller, own);
    expect(sanitizedEnvironment(caller)).toEqual({ PATH: '/bin' });
    expect(caller).toEqual({ DATABASE_URL: 'x', PATH: '/bin' });
  });
});

it('a command of the server works on the same data, without the variables that select other data or packages', () => {
  const caller = { PATH: '/bin', HOME: '/users/eve', DATABASE_URL: 'postgres://theirs', PYTHONPATH: '/theirs' };
  expect(commandEnvironment(caller, own)).toEqual({
    PATH: '/bin',
    HOME: '/users/ada',
    PYTHONUTF8: '1',
    CACHIBOT_WORKSPACE: '/users/ada/CachiBot',
  });
});
