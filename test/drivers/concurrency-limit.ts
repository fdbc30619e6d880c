/** @returns a function that queues tasks and runs at most `limit` of them at a time */
export function limitConcurrency(limit: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async task => {
    if (free > 0) free--;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await task();
    } finally {
      // Pass the free slot straight to the next task in the queue, so that a task added now cannot take it.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
