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
  [{ DISPLAY: 'host/unix:0' }, [], undefined],
])('%j with %j', (env, args, reason) => {
  expect(whyNoDisplay(env, args, socket => socket === SOCKET)).toBe(reason);
});
