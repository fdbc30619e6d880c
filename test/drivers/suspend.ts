import type { AppRun } from './app-run';
import { freeze, type Role } from './processes';

/** Suspends the process with that role until `resume` or the end of the run. Returns what was seen. */
export async function suspend(run: AppRun, role: Role): Promise<string> {
  const target = await run.process(role);
  run.onClose(() => resume(target.pid));
  return freeze(target);
}

export function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has exited in the meantime.
  }
}

/** @throws Error when the app has ever called its server silent. */
export function neverSilent(run: AppRun): string {
  const silent = run.states().find(({ silence }) => silence !== undefined);
  if (silent !== undefined) throw new Error(`It was called silent: ${JSON.stringify(silent)}`);
  return 'the user was told of no silence';
}
