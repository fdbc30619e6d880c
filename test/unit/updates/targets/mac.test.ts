import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { macTarget, stageUpdate } from '../../../../desktop/updates/targets/mac';

/** A Squirrel that calls `answer` after `checkForUpdates`. */
class Scripted extends EventEmitter {
  readonly answer: (squirrel: Scripted) => void;

  constructor(answer: (squirrel: Scripted) => void) {
    super();
    this.answer = answer;
  }

  checkForUpdates(): void {
    setImmediate(() => this.answer(this));
  }
}

it.each([
  ['read-only', /disk image/],
  ['translocated', /temporary copy/],
] as const)('refuses an update before anything is stopped, in a place that is %s', (place, expected) => {
  const options = {
    squirrel: () => new Scripted(() => {}),
    quitAndInstall: async () => {},
    executableFile: '/program',
  };
  const download = { file: '/update.zip', sha512: '' };
  expect(macTarget(options, () => place).createInstallation(download).manualStep).toMatch(expected);
  expect(macTarget(options, () => undefined).createInstallation(download).manualStep).toBeUndefined();
});

describe('stageUpdate', () => {
  it('resolves when Squirrel has staged the update', async () => {
    const squirrel = new Scripted(self => self.emit('update-downloaded'));
    await stageUpdate(squirrel);
    expect(squirrel.eventNames()).toEqual([]);
  });

  it.each<[string, (squirrel: Scripted) => void, RegExp]>([
    [
      'refuses the update',
      self => self.emit('error', new Error('Code signature did not pass validation')),
      /signature/,
    ],
    ['does not respond', () => {}, /didn’t take over the update in time/],
  ])('rejects when Squirrel %s, and removes its listeners', async (_what, answer, words) => {
    const squirrel = new Scripted(answer);
    await expect(stageUpdate(squirrel, 200)).rejects.toThrow(words);
    expect(squirrel.eventNames()).toEqual([]);
  });
});
