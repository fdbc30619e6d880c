/** The words by which tests from the outside know what the app shows, in the order in which they are shown. */
export const SCREEN = {
  starting: /Starting CachiBot/,
  startingOrSlow: /Starting CachiBot|takes longer/,
  tryAgain: /Try again/,
  /** Of the first start, followed by its reason. */
  notReady: (reason = '') => new RegExp(`The server stopped before it was ready[\\s\\S]*${reason}`),
  stopped: /The server stopped/,
  pageReloaded: /had to be loaded again/,
  suspended: /The server has been stopped/,
  silent: /does not answer/,
  suspendedAtStartup: /does not answer[\s\S]*another program had stopped it/,
  dataInUse: /already running elsewhere/,
  dataInUseBy: (pid: number) => new RegExp(`CachiBot is already running elsewhere[\\s\\S]*PID ${pid}\\b`),
  diskFull: /The disk is full/,
  dataReadOnly: /cannot write to its data folder/,
  fileChanged: (name: string) => new RegExp(`Files of CachiBot are damaged[\\s\\S]*${name}\\S* has been changed`),
  fileDamaged: (name: string) => new RegExp(`Files of CachiBot are damaged[\\s\\S]*${name}`),
  databaseDamaged: /The database is damaged/,
  newerData: /belongs to a newer CachiBot/,
  noWorkspace: /The folder for your work cannot be made/,
} as const;

/** The same for what the app writes to its log or its terminal. */
export const LOG = {
  pageGaveUp: /without its server for so long/,
  continuesWithoutLog: /goes on without its log/,
  profileReadOnly: /cannot write to its own folder/,
  alreadyRunning: /already running/,
  settingsDamaged: /settings\.json: It is damaged/,
  wrongSetting: /startLimitSeconds must be/,
  windowDamaged: /window\.json: It is damaged/,
  cleanedUpProcess: /a server has left what was started in it/,
  cleanedUpServer: /an earlier run has left its server/,
} as const;
