import { spawnSync } from 'node:child_process';
import type { BackupParts } from '../backups/backup-file';
import { EXIT_CODES } from '../server/core/exit-codes';
import { lastLine } from '../server/core/last-line';

export interface Finished {
  restored: boolean;
  /** The server's message to the user. */
  message: string;
}

/**
 * Finishes a restore that was prepared or interrupted, before Chromium opens the page's storage. Returns undefined if
 * nothing was restored. While another server uses the data, nothing can be: the first server of ours that gets the data
 * exits with RESTORE_PENDING, and the app relaunches.
 */
export function finishRestore(
  { server }: BackupParts,
  log: (line: string) => void,
): Finished | 'data-in-use' | undefined {
  const { file, args, env, home } = server;
  const { status, stdout, stderr, error } = spawnSync(file, [...args, '--finish-restore'], {
    env,
    cwd: home,
    encoding: 'utf8',
    windowsHide: true,
  });
  const output = error?.message ?? (status === 0 ? stderr + stdout : stderr);
  const message = lastLine(output) ?? '';
  // The lines before it name files that were renamed, or could not be removed.
  for (const line of output.trim().split(/\r?\n/)) log(`backup: ${line}`);
  // The preparation of a restore that was killed is discarded, and there is nothing to tell.
  if (status === 0) return message.startsWith('Restored ') ? { restored: true, message } : undefined;
  return status === EXIT_CODES.DATA_IN_USE ? 'data-in-use' : { restored: false, message };
}
