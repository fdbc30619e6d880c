/**
 * The exit codes of the server's entry. Names and values are those of `cachibot_desktop/exit_codes.py` and
 * docs/contract.md, which tests compare.
 */
export const EXIT_CODES = {
  CLEAN: 0,
  UNEXPECTED: 1,
  USAGE: 2,
  PORT_TAKEN: 48,
  DATA_IN_USE: 49,
  HOME_NOT_WRITABLE: 50,
  DISK_FULL: 51,
  DATABASE_DAMAGED: 52,
  DATABASE_NEWER: 53,
  LOCKS_REFUSED: 54,
  BACKUP_UNUSABLE: 60,
  WRONG_PASSWORD: 61,
  RESTORE_PENDING: 62,
} as const;

/**
 * Failures that only the user can resolve; `window/core/screen.ts` names their words. The first three codes name no
 * cause that a user could act on, and after PORT_TAKEN the shell takes another port by itself.
 */
export const KNOWN_FAILURE_CODES = [
  EXIT_CODES.DATA_IN_USE,
  EXIT_CODES.HOME_NOT_WRITABLE,
  EXIT_CODES.DISK_FULL,
  EXIT_CODES.DATABASE_DAMAGED,
  EXIT_CODES.DATABASE_NEWER,
  EXIT_CODES.LOCKS_REFUSED,
  EXIT_CODES.RESTORE_PENDING,
] as const;
