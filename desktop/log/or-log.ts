/** Runs an action whose failure does no harm: logs the error, and the app continues. */
export function orLog(problem: string, action: () => void, log: (line: string) => void): void {
  try {
    action();
  } catch (error) {
    log(`${problem}: ${(error as Error).message}`);
  }
}
