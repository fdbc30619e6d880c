import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { stageUpdate } from '../../../../desktop/updates/targets/mac';

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
