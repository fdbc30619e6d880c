import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { stage } from '../../../../desktop/updates/targets/mac';

/** It answers when it is asked. */
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

describe('having macOS take an update over', () => {
  it('ends when it has', async () => {
    const squirrel = new Scripted(self => self.emit('update-downloaded'));
    await stage(squirrel);
    expect(squirrel.eventNames()).toEqual([]);
  });

  it.each<[string, (squirrel: Scripted) => void, RegExp]>([
    ['refuses it', self => self.emit('error', new Error('Code signature did not pass validation')), /signature/],
    ['says nothing', () => {}, /didn’t take over the update in time/],
  ])('fails when it %s, and leaves nobody listening', async (_what, answer, words) => {
    const squirrel = new Scripted(answer);
    await expect(stage(squirrel, 200)).rejects.toThrow(words);
    expect(squirrel.eventNames()).toEqual([]);
  });
});
