import { readFileSync, writeSync } from 'node:fs';
import { app } from 'electron';
import { type BackupParts, backUp, restore } from '../backups/backup-file';
import { commandEnvironment } from '../server/core/environment';
import { EXIT_CODES } from '../server/core/exit-codes';
import { ownWorkspace } from '../system/own-workspace';
import { startup } from '../words/startup';
import type { BackupRequest, Config } from './core/config';
import type { Folders } from './folders';

/** Returns the parts that backups need; undefined for a server that is not ours, and cannot make any. */
export function backupParts(
  { server, platform }: Pick<Config, 'server' | 'platform'>,
  { home, profile }: Folders,
  caller: NodeJS.ProcessEnv,
): BackupParts | undefined {
  if (server.kind !== 'command' || server.identity !== 'token') return undefined;
  const data = { home, homeVariable: platform.homeVariable, workspace: ownWorkspace(home) };
  const env = { ...commandEnvironment(caller, data), CACHIBOT_DESKTOP_VERSION: app.getVersion() };
  return { server: { file: server.file, args: server.args, env, home }, profile };
}

/** The lock of the app, which a restore takes. */
interface InstanceLock {
  take(): boolean;
  /** Returns the message for a lock that could not be taken; undefined if another CachiBot has it. */
  whyFailed(): string | undefined;
}

/** Runs `--backup` or `--restore`, prints the server's message, and returns the exit code. */
export async function runBackupCommand(
  request: BackupRequest,
  parts: BackupParts | undefined,
  lock: InstanceLock,
): Promise<number> {
  const fail = (code: number, message: string) => {
    writeSync(2, `${message}\n`);
    return code;
  };
  if (parts === undefined) return fail(EXIT_CODES.USAGE, startup.noBackups);
  if (request.kind === 'restore' && !lock.take()) {
    const reason = lock.whyFailed();
    if (reason !== undefined) return fail(EXIT_CODES.HOME_NOT_WRITABLE, reason);
    return fail(EXIT_CODES.DATA_IN_USE, startup.quitToRestore);
  }
  let password: string | undefined;
  try {
    if (request.passwordFile !== undefined)
      password = readFileSync(request.passwordFile, 'utf8').split(/\r?\n/)[0] ?? '';
  } catch (error) {
    return fail(EXIT_CODES.USAGE, startup.passwordUnreadable((error as Error).message));
  }
  const work = request.kind === 'restore' ? restore : backUp;
  const { code, message } = await work(parts, request.file, password);
  if (code !== 0) return fail(code === -1 ? EXIT_CODES.UNEXPECTED : code, message);
  writeSync(1, `${message}\n`);
  return EXIT_CODES.CLEAN;
}
