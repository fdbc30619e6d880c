/** @returns a function that runs tasks, at most `limit` of them at a time; the others wait for their turn */
export function atMost(limit: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async task => {
    if (free > 0) free--;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await task();
    } finally {
      // The next one takes this place; nobody who comes now can.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
