/** Defines attacks: each tries many ways in, first with the app's guards, then without them. */

import { afterAll, expect, it } from 'vitest';

export interface Attack<Target> {
  name: string;
  /** Number of tries. */
  tried: number;
  /** Makes every try, and returns those that got through. Stops when `enough` of them did. */
  run: (target: Target, enough: number) => Promise<readonly string[]>;
}

/** Takes a function that is called after the tests of the file, the last one first, also when the start fails. */
export type OnClose = (close: () => unknown) => void;

/** Starts a target. Passes a function to `onClose` for each part of it, which ends that part. */
export type Open<Target> = (onClose: OnClose) => Promise<Target>;

/** Start the app, or a part of it, with its guards and without them. */
export interface Targets<Target> {
  guarded: Open<Target>;
  /** The proof that an attack works: there it must get through. */
  unguarded: Open<Target>;
}

/** All pairs of two lists' values. */
export const pairs = <One, Two>(ones: readonly One[], twos: readonly Two[]) =>
  ones.flatMap(one => twos.map(two => [one, two] as const));

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
function once<Target>(open: Open<Target>): () => Promise<Target> {
  const closers: (() => unknown)[] = [];
  let opened: Promise<Target> | undefined;
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  return () => {
    opened ??= open(close => void closers.push(close));
    return opened;
  };
}
