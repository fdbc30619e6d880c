import { expect, it } from 'vitest';
import {
  isFromTerminal,
  loginShellOf,
  readOutput,
  reportedEnvironment,
  shellCommand,
} from '../../../../desktop/system/core/login-environment';

it.each([
  [{}, false],
  [{ TERM: '' }, false],
  [{ SHLVL: '1' }, false], // some desktops are started by a shell
  [{ TERM: 'xterm-256color' }, true],
  [{ TERM: 'dumb' }, true],
])('a terminal has started the app: %j %s', (caller, expected) => {
  expect(isFromTerminal(caller)).toBe(expected);
});

it.each([
  [{ SHELL: '/bin/zsh' }, '/bin/bash', '/bin/zsh'],
  [{}, '/bin/bash', '/bin/bash'],
  [{ SHELL: '' }, null, undefined],
  [{ SHELL: 'zsh' }, null, undefined],
  [{ SHELL: '/usr/sbin/nologin' }, null, undefined],
  [{}, '/bin/false', undefined],
])('the login shell of %j with the account’s %s is %s', (caller, ofAccount, expected) => {
  expect(loginShellOf(caller, ofAccount)).toBe(expected);
});

it('starts csh as a login shell by its name', () => {
  expect(shellCommand('/bin/tcsh', 'mark', true)).toMatchObject({
    argv0: '-tcsh',
    args: ['-i', '-c', expect.anything()],
  });
  expect(shellCommand('/bin/zsh', 'mark', true)).toEqual({ args: ['-i', '-l', '-c', expect.anything()] });
  expect(shellCommand('/bin/zsh', 'mark', false)).toEqual({ args: ['-l', '-c', expect.anything()] });
});

it.each([
  ['', undefined],
  ['\0mark\0PATH=/bin\0', undefined],
  ['noise \0mark\0PATH=/a=b\nc\0LANG=\0KEY=secret\0mark\0 more noise', { PATH: '/a=b\nc' }],
  ['\0mark\0\0mark\0', {}],
])('reads the variables between the markers: %j', (output, expected) => {
  expect(readOutput(output, 'mark')).toEqual(expected);
});

it('keeps the caller’s folders of PATH', () => {
  const read = { PATH: '/opt/brew/bin:/bin', LANG: 'es', https_proxy: 'http://proxy.example' };
  const caller = { PATH: '/bin:/desktop/bin:' };
  const PATH = '/opt/brew/bin:/bin:/desktop/bin';
  expect(reportedEnvironment(read, caller)).toEqual({ ...read, PATH });
  expect(reportedEnvironment({}, caller)).toEqual({});
  expect(reportedEnvironment({ PATH: ':' }, {})).toEqual({}); // the server refuses an empty value
});

it('keeps the caller’s SSH agent', () => {
  const read = { SSH_AUTH_SOCK: '/tmp/ssh-shell/agent' };
  expect(reportedEnvironment(read, { SSH_AUTH_SOCK: '/run/user/1000/keyring/ssh' })).toEqual({});
  expect(reportedEnvironment(read, { SSH_AUTH_SOCK: '' })).toEqual(read);
  expect(reportedEnvironment(read, {})).toEqual(read);
});
