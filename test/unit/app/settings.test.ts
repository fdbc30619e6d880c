/** The start at login, as the settings window shows it. */

import { expect, it, vi } from 'vitest';
import { startFacts } from '../../../desktop/app/settings';

vi.mock('electron', () => ({}));

it.each([
  ['off', false, false],
  ['on', true, false],
  ['on, and macOS waits for the user’s approval', true, true],
])('is %s', (_what, startAtLogin, startNeedsApproval) => {
  const autostart = { get: () => startAtLogin, needsApproval: () => startNeedsApproval };
  expect(startFacts(autostart, expect.unreachable)).toEqual({ startAtLogin, startNeedsApproval });
});

it('is off if it cannot be read, and the log says why', () => {
  const lines: string[] = [];
  const fail = () => {
    throw new Error('EACCES');
  };
  const facts = startFacts({ get: fail, needsApproval: () => false }, line => lines.push(line));
  expect(facts).toEqual({ startAtLogin: false, startNeedsApproval: false });
  expect(lines).toEqual(['autostart could not be read: EACCES']);
});
