import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import type { BackendState } from '../../../desktop/server/core/state';
import { Lifecycle } from '../../../desktop/startup/lifecycle';

/** Calls of Electron and of the parts, in order. */
const calls: unknown[] = vi.hoisted(() => []);

/** A fake of Electron's app: a quit emits `before-quit` first, and can be prevented. */
const app = vi.hoisted(() => ({
  isPackaged: true,
  events: undefined as EventEmitter | undefined,
  on(name: string, listener: () => void) {
    this.events?.on(name, listener);
  },
  quit() {
    let prevented = false;
    this.events?.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (!prevented) calls.push('quit');
  },
  exit: (code: number) => void calls.push({ exit: code }),
  relaunch: (options: object) => void calls.push({ relaunch: options }),
}));

vi.mock('electron', () => ({ app }));

let state: BackendState;
let isHeld: boolean;
let installerRelaunches: boolean;
let confirmed: Promise<boolean> | true;
let questions: AbortSignal[];
let inBackground: boolean;
let endInstallation: () => void;
let endServer: () => void;
let sendSignal: () => void;

function start(interruptSmoke?: () => void): Lifecycle {
  const lifecycle = new Lifecycle({
    signals: {
      onSignal(quit) {
        sendSignal = quit;
      },
    },
    backend: {
      get state() {
        return state;
      },
      stop: () =>
        new Promise(resolve => {
          endServer = () => {
            state = { phase: 'stopped' };
            resolve(state);
          };
        }),
    },
    confirmQuit(signal) {
      questions.push(signal);
      return confirmed;
    },
    updates: () => ({
      delaysQuit: () => isHeld,
      isInstalling: () => isHeld,
      requestRelaunch: () => installerRelaunches,
      atQuit: () =>
        new Promise(resolve => {
          endInstallation = resolve;
        }),
    }),
    windows: () => ({
      hideForQuit: () => void calls.push('hide'),
      focus: () => void calls.push('focus'),
      inBackground,
    }),
    interruptSmoke,
    activate() {},
    exit: code => void calls.push({ exit: code }),
    flushLogs: async () => void calls.push('logs'),
    log() {},
    program: '/opt/cachibot',
    args: ['--data', '/d', '--relaunched=1'],
  });
  lifecycle.listen();
  return lifecycle;
}

const settle = () => new Promise(resolve => setImmediate(resolve));

async function passInstallation(): Promise<void> {
  await settle();
  endInstallation();
  await settle();
}

async function passStop(): Promise<void> {
  await settle();
  endServer();
  await settle();
}

beforeEach(() => {
  app.events = new EventEmitter();
  app.isPackaged = true;
  calls.length = 0;
  state = { phase: 'ready', version: '0.3.0' };
  isHeld = installerRelaunches = false;
  confirmed = true;
  questions = [];
  inBackground = false;
});
it('quits at once when nothing is pending', () => {
  start();
  state = { phase: 'stopped' };
  app.quit();
  expect(calls).toEqual(['quit']);
});

it('quits when the update is installed, the server has stopped and the logs are written', async () => {
  start();
  app.quit();
  expect(calls).toEqual(['hide']);
  await passInstallation();
  app.quit();
  expect(calls).toEqual(['hide', 'hide']);
  await passStop();
  expect(calls).toEqual(['hide', 'hide', 'logs', 'quit']);
});

it('waits for an installation that started while the server stopped', async () => {
  start();
  app.quit();
  await passInstallation();
  isHeld = true;
  await passStop();
  expect(calls).not.toContain('quit');
  isHeld = false;
  await passInstallation();
  await passStop();
  expect(calls.at(-1)).toBe('quit');
});

it('does not wait for an installation when the session ends', async () => {
  const lifecycle = start();
  app.quit();
  lifecycle.sessionEnds();
  await passStop();
  expect(calls.at(-1)).toBe('quit');
});

it('shows its window at a second launch, and relaunches once when it is quitting', async () => {
  const lifecycle = start();
  const launchAgain = () => app.events?.emit('second-instance', {}, [], '/', {});
  launchAgain();
  expect(calls).toEqual(['focus']);
  app.quit();
  installerRelaunches = true;
  launchAgain();
  installerRelaunches = false;
  launchAgain();
  launchAgain();
  expect(lifecycle.isQuitting).toBe(true);
  await passInstallation();
  await passStop();
  expect(calls.slice(-2)).toEqual([{ relaunch: { execPath: '/opt/cachibot', args: ['--data', '/d'] } }, { exit: 0 }]);
  expect(calls.filter(what => what === 'focus')).toHaveLength(1);
});

it('relaunches at once when it is started again while Electron closes the last windows', () => {
  start();
  state = { phase: 'stopped' };
  app.quit();
  app.events?.emit('second-instance', {}, [], '/', {});
  app.events?.emit('second-instance', {}, [], '/', {});
  const relaunch = { relaunch: { execPath: '/opt/cachibot', args: ['--data', '/d'] } };
  expect(calls).toEqual(['quit', relaunch, { exit: 0 }]);
});

it('does not relaunch when the installer starts the app', async () => {
  start();
  app.quit();
  installerRelaunches = true;
  app.events?.emit('second-instance', {}, [], '/', {});
  await passInstallation();
  await passStop();
  expect(calls.at(-1)).toBe('quit');
});

it('relaunches with another port, and counts how often', async () => {
  start().changePort(2);
  await passStop();
  expect(calls.slice(-2)).toEqual([
    { relaunch: { execPath: '/opt/cachibot', args: ['--data', '/d', '--relaunched=2'] } },
    { exit: 0 },
  ]);
});

it('exits with the code for a restart in a clone', async () => {
  app.isPackaged = false;
  start().changePort(2);
  await passStop();
  expect(calls.at(-1)).toEqual({ exit: 75 });
});

it('starts the new version after an update, although an update delays the quit', async () => {
  isHeld = true;
  void start().replaced('/opt/new');
  await passStop();
  expect(calls.slice(-2)).toEqual([{ relaunch: { execPath: '/opt/new', args: ['--data', '/d'] } }, { exit: 0 }]);
});

it('exits with the code of the report when a --smoke run has to quit', async () => {
  const lifecycle: Lifecycle = start(() => lifecycle.reported(1));
  app.quit();
  await passStop();
  expect(calls).toEqual(['logs', { exit: 1 }]);
});

it('quits on a signal, once', () => {
  start();
  sendSignal();
  sendSignal();
  expect(calls).toEqual(['hide']);
});

it('does not cut off an installation to relaunch', async () => {
  const lifecycle = start();
  isHeld = true;
  lifecycle.relaunchBecause('the program was replaced');
  await settle();
  expect(lifecycle.isQuitting).toBe(false);
  isHeld = false;
  lifecycle.relaunchBecause('the program was replaced');
  expect(lifecycle.isQuitting).toBe(true);
});

/** Makes the next quits wait for the user, and returns what the user says. */
function askUser(): (agrees: boolean) => Promise<unknown> {
  let decide: (agrees: boolean) => void = () => {};
  confirmed = new Promise(resolve => {
    decide = resolve;
  });
  return agrees => {
    decide(agrees);
    return settle();
  };
}

it('quits when the user agrees, and asks once', async () => {
  const lifecycle = start();
  const say = askUser();
  app.quit();
  app.quit();
  expect(calls).toEqual([]);
  expect(lifecycle.isQuitting).toBe(false);
  await say(true);
  await passInstallation();
  await passStop();
  expect(calls).toEqual(['hide', 'hide', 'logs', 'quit']);
  expect(questions).toHaveLength(1);
  expect(questions[0]?.aborted).toBe(false);
});

it('continues when the user keeps working, and asks again at the next quit', async () => {
  start();
  await askUser()(false);
  app.quit();
  await settle();
  expect(calls).toEqual([]);
  confirmed = true;
  app.quit();
  expect(calls).toEqual(['hide']);
  expect(questions).toHaveLength(2);
});

it.each<[string, (lifecycle: Lifecycle) => unknown]>([
  ['a signal', () => sendSignal()],
  ['a logout', lifecycle => lifecycle.sessionEnds()],
  ['a lost port', lifecycle => lifecycle.changePort(1)],
])('does not ask at %s, and closes the question that is open', async (_what, event) => {
  const lifecycle = start();
  const say = askUser();
  app.quit();
  event(lifecycle);
  expect(lifecycle.isQuitting).toBe(true);
  expect(questions.map(({ aborted }) => aborted)).toEqual([true]);
  await say(false);
  expect(lifecycle.isQuitting).toBe(true);
});

it('quits at once when the user agrees and the server has stopped meanwhile', async () => {
  start();
  const say = askUser();
  app.quit();
  state = { phase: 'stopped' };
  await say(true);
  expect(calls).toEqual(['quit']);
});

it('quits without a question and without an update when an installer requests it', async () => {
  isHeld = true;
  start();
  app.events?.emit('second-instance', {}, [], '/', { args: ['--quit'] });
  await passStop();
  expect(calls).toEqual(['hide', 'logs', 'quit']);
  app.events?.emit('second-instance', {}, [], '/', { args: ['--quit'] });
  expect(calls.at(-1)).toBe('quit');
});

it('shows no window at a second launch that wants none', () => {
  start();
  app.events?.emit('second-instance', {}, [], '/', { args: ['--hidden'] });
  expect(calls).toEqual([]);
});

it.each([
  ['shown', false, []],
  ['in the background', true, ['--hidden']],
])('relaunches %s as it was', async (_how, background, hidden) => {
  inBackground = background;
  start().changePort(2);
  await passStop();
  const args = ['--data', '/d', '--relaunched=2', ...hidden];
  expect(calls.at(-2)).toEqual({ relaunch: { execPath: '/opt/cachibot', args } });
});
