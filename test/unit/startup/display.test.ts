import { expect, it } from 'vitest';
import { whyNoDisplay } from '../../../desktop/startup/display';
import { startup } from '../../../desktop/words/startup';

const SOCKET = '/tmp/.X11-unix/X7';

it.each<[NodeJS.ProcessEnv, string[], string | undefined]>([
  [{}, [], startup.noDisplay],
  [{ DISPLAY: '', WAYLAND_DISPLAY: '' }, [], startup.noDisplay],
  [{ WAYLAND_DISPLAY: 'wayland-0' }, [], undefined],
  [{}, ['--ozone-platform=headless'], undefined],
  [{ DISPLAY: ':7' }, [], undefined],
  [{ DISPLAY: 'unix:7.0' }, [], undefined],
  [{ DISPLAY: ':8.0' }, [], startup.displayGone(':8.0')],
  // Displays on other computers, or forwarded by ssh.
  [{ DISPLAY: 'localhost:10.0' }, [], undefined],
  [{ DISPLAY: '[::1]:10' }, [], undefined],
  [{ DISPLAY: 'gone:0.0' }, [], startup.displayUnreachable('gone:0.0', 'ENOTFOUND')],
  [{ DISPLAY: 'tcp/gone:0' }, [], startup.displayUnreachable('tcp/gone:0', 'ENOTFOUND')],
  [{ DISPLAY: 'localhost:11' }, [], startup.displayUnreachable('localhost:11', 'ENOTFOUND')],
  [{ DISPLAY: 'host/unix:0' }, [], undefined],
  [{ DISPLAY: 'decnet::0' }, [], undefined],
])('%j with %j', (env, args, reason) => {
  const isListening = (socket: string) => socket === SOCKET;
  const whyUnreachable = (host: string, number: number) =>
    ['localhost', '::1'].includes(host) && number === 10 ? undefined : 'ENOTFOUND';
  expect(whyNoDisplay(env, args, { isListening, whyUnreachable })).toBe(reason);
});
