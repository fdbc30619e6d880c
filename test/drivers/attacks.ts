/** Defines attacks: each tries many ways in, first with the app's guards, then without them. */

import { afterAll, expect, it } from 'vitest';

export interface Attack<Target> {
  name: string;
  /** Number of tries. */
  tried: number;
  /** Makes every try, and returns those that got through. Stops when `enough` of them did. */
  run: (target: Target, enough: number) => Promise<readonly string[]>;
}

/** A running target, and a function that ends it. */
export interface Opened<Target> {
  target: Target;
  close: () => Promise<void>;
}

/** Start the app, or a part of it, with its guards and without them. */
export interface Targets<Target> {
  guarded: () => Promise<Opened<Target>>;
  /** The proof that an attack works: there it must get through. */
  unguarded: () => Promise<Opened<Target>>;
}

/** Number of tries that get through without the guards, after which an attack is known to work. */
const ENOUGH = 3;

/** Registers a test for each attack. Its result is a row of the table that `npm run attack` prints. */
export function defineAttacks<Target>(targets: Targets<Target>, attacks: readonly Attack<Target>[]): void {
  const guarded = once(targets.guarded);
  const unguarded = once(targets.unguarded);
  for (const { name, tried, run } of attacks) {
    it(name, async ({ task }) => {
      const through = await run(await guarded(), tried);
      const control = await run(await unguarded(), ENOUGH);
      task.meta.row = {
        name,
        tried,
        refused: tried - through.length,
        through: through.length,
        unguarded: control.length,
      };
      expect(through, 'got through').toEqual([]);
      expect(control.length, 'got through without the guards').toBeGreaterThan(0);
    });
  }
}

/** Opens a target when it is first needed, and closes it after the tests of the file. */
function once<Target>(open: () => Promise<Opened<Target>>): () => Promise<Target> {
  let opened: Promise<Opened<Target>> | undefined;
  afterAll(async () => {
    const running = await opened?.catch(() => undefined);
    await running?.close();
  });
  return async () => {
    opened ??= open();
    return (await opened).target;
  };
}
