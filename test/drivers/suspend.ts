/** Suspends and resumes processes of a run. */

import type { AppRun } from './app-run';
import { type Role, suspendProcess } from './processes';

/** Suspends the process with that role until `resume` or the end of the run. @returns a description of what happened */
export async function suspend(run: AppRun, role: Role): Promise<string> {
  const target = await run.process(role);
  run.onClose(() => resume(target.pid));
  return suspendProcess(target);
}

export function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has exited in the meantime.
  }
}

/** @throws Error when the app has ever reported its server as silent */
export function neverReportedSilent(run: AppRun): string {
  const silent = run.states().find(({ silence }) => silence !== undefined);
  if (silent !== undefined) throw new Error(`The server was reported as silent: ${JSON.stringify(silent)}`);
  return 'the server was never reported as silent';
}
