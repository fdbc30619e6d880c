/** When the machine is reported: with a fake of Electron, whose events the tests send. */

import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { Use } from '../../../desktop/server/use';
import { reportMachineSettings } from '../../../desktop/startup/machine-settings';

/** Calls of the reports, in order. */
const calls: string[] = vi.hoisted(() => []);
const electron = vi.hoisted(() => ({
  app: undefined as unknown as EventEmitter,
  powerMonitor: undefined as unknown as EventEmitter,
  session: { defaultSession: {} },
}));

vi.mock('electron', () => electron);
vi.mock('../../../desktop/settings/session-proxy', () => ({ followProxySetting: () => async () => {} }));
vi.mock('../../../desktop/server/machine-reports', () => ({
  createMachineReports: () => ({
    now: () => calls.push('now'),
    soon: () => calls.push('soon'),
    used: () => calls.push('used'),
  }),
}));

beforeEach(() => {
  electron.app = new EventEmitter();
  electron.powerMonitor = new EventEmitter();
});

function start() {
  const use = new Use();
  let change: (now: { proxy: string }, before: { proxy: string }) => void = () => {};
  let enter: (state: { phase: string }) => void = () => {};
  reportMachineSettings({
    backend: { token: 't', use, onChange: (listener: typeof enter) => (enter = listener) } as never,
    port: 5870,
    settings: { onChange: (listener: typeof change) => (change = listener) } as never,
    log: line => expect.fail(line),
  });
  calls.splice(0);
  return {
    use,
    setProxy: (proxy: string) => change({ proxy }, { proxy: '' }),
    enter: (phase: string) => enter({ phase }),
  };
}

it('reports at once when the server is ready, the machine wakes, a window gets the focus, or the proxy is set', () => {
  const { enter, setProxy } = start();
  enter('starting');
  expect(calls).toEqual([]);
  enter('ready');
  electron.powerMonitor.emit('resume');
  electron.app.emit('browser-window-focus');
  setProxy('');
  setProxy('http://proxy:8080');
  expect(calls).toEqual(['now', 'now', 'now', 'now']);
});

it('forwards each use to the reports, because an idle server gets fewer', () => {
  const { use } = start();
  use.note();
  expect(calls).toEqual(['used']);
});
