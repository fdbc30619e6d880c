import { expect, it } from 'vitest';
import type { BackendState, Failure } from '../../../../desktop/server/core/state';
import { closing, serverStatus } from '../../../../desktop/window/core/background';
import { words } from '../../../../desktop/words/en';

it.each([
  [{ setting: 'ask', isHidden: false, isMinimized: false, hasTray: true, hasDock: false }, 'ask'],
  [{ setting: 'ask', isHidden: false, isMinimized: false, hasTray: false, hasDock: false }, 'ask'],
  [{ setting: 'on', isHidden: false, isMinimized: false, hasTray: true, hasDock: false }, 'hide'],
  [{ setting: 'on', isHidden: false, isMinimized: false, hasTray: false, hasDock: false }, 'minimize'],
  [{ setting: 'on', isHidden: false, isMinimized: true, hasTray: true, hasDock: false }, 'hide'],
  [{ setting: 'on', isHidden: false, isMinimized: true, hasTray: false, hasDock: false }, 'ask'],
  [{ setting: 'off', isHidden: false, isMinimized: true, hasTray: false, hasDock: false }, 'quit'],
  [{ setting: 'off', isHidden: false, isMinimized: false, hasTray: true, hasDock: false }, 'quit'],
  [{ setting: 'off', isHidden: false, isMinimized: false, hasTray: false, hasDock: false }, 'quit'],
  [{ setting: 'on', isHidden: true, isMinimized: false, hasTray: true, hasDock: false }, 'quit'],
  [{ setting: 'ask', isHidden: true, isMinimized: false, hasTray: true, hasDock: true }, 'quit'],
  [{ setting: 'ask', isHidden: false, isMinimized: false, hasTray: false, hasDock: true }, 'hide'],
  [{ setting: 'off', isHidden: false, isMinimized: false, hasTray: false, hasDock: true }, 'hide'],
] as const)('%j: the window’s close button leads to %s', (facts, expected) => {
  expect(closing(facts)).toBe(expected);
});

const because: Failure = { kind: 'stuck', pid: 1 };
const starting = { phase: 'starting', proved: true, modules: 3, slow: false, stalled: false, patient: false } as const;
const { status } = words.background;

it.each<[BackendState, string]>([
  [{ phase: 'stopped' }, status.stopped],
  [starting, status.starting],
  [{ ...starting, again: { because, attempt: 1 } }, status.restarting],
  [{ phase: 'ready', version: '1' }, status.ready],
  [{ phase: 'ready', version: '1', silence: { silentMs: 1, stopped: false } }, status.silent],
  [{ phase: 'attached', version: '1' }, status.ready],
  [{ phase: 'restarting', waitMs: 1, because, attempt: 1 }, status.restarting],
  [{ phase: 'stopping' }, status.stopping],
  [{ phase: 'stopping', because }, status.stopping],
  [{ phase: 'stopping', again: { because, attempt: 1 } }, status.restarting],
  [{ phase: 'failed', failure: because }, status.stopped],
])('the tray shows %j as “%s”', (state, expected) => {
  expect(serverStatus(state)).toBe(expected);
});
