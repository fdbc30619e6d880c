/** Words of the splash, the overlay and the failure page. */

const RETRY_OR_LOG = 'Try again. If this keeps happening, check the log.';
const ALLOW_FILE = 'Reinstall CachiBot, or give the file permission to be executed.';

export const splash = {
  stillLoading: (modules: number) =>
    `This is taking longer than usual. CachiBot is still loading (${modules} modules).`,
  notResponded: 'This is taking longer than usual. The server hasn’t responded yet.',
  noProgress:
    'This is taking longer than usual. The server isn’t making progress, and CachiBot will stop it unless you keep waiting.',
  pageStillLoading: 'This is taking longer than usual. The server is ready, but the page is still loading.',
  reloading: 'Reloading CachiBot…',
  stopping: 'Stopping the server…',
  cleaningUp: 'Cleaning up after the last session…',
  stoppedServer: 'A server from an earlier session was still running. It has been stopped.',
  stoppedPrograms: (count: number) =>
    count === 1
      ? 'A program from an earlier session was still running. It has been stopped.'
      : `${count} programs from an earlier session were still running. They have been stopped.`,
} as const;

/** About the server, on the overlay. */
export const server = {
  stopped: 'The server stopped',
  restarting: 'Restarting the server…',
  stopsFirst: 'It shuts down first, then starts again.',
  restarts: (attempt: number) =>
    `CachiBot is restarting it${attempt > 1 ? ` (attempt ${attempt})` : ''}. Nothing you typed will be lost.`,
  notResponding: 'The server isn’t responding',
  notRespondingFor: (seconds: number) =>
    `It hasn’t responded for ${secondsAsText(seconds)}. It may be busy and recover on its own. You can restart it, but anything it’s working on will stop.`,
  paused: 'The server is paused',
  pausedByOther:
    'Another program has suspended it. It will continue when that program resumes it, or you can restart it.',
  databaseReplaced: 'Your database was replaced',
  changesMoved: (file: string) =>
    `CachiBot found changes that belong to another database, for example the one before a restore. It didn’t apply them and moved them to ${file}. You can delete that file if nothing is missing.`,
} as const;

/** About CachiBot's page, in any state of the server. */
export const page = {
  crashed: 'The page crashed and was reloaded',
  draftRestored: 'The server kept running, and what you typed has been restored.',
  wentBlank: 'The page went blank and was reloaded',
  draftInItsChat:
    'The server kept running, and your chats are still there. So is the text that you had typed but not sent: open its chat to continue.',
  notResponding: 'The page isn’t responding',
  waitOrReload: 'It may be busy and recover on its own, or you can reload it.',
  graphicsOff: 'Hardware acceleration was turned off',
  graphicsCrashed:
    'Your graphics driver crashed three times, so CachiBot now runs without it. It will try again after an update of CachiBot, your system or the driver.',
  storageDamaged: 'The page’s storage was damaged',
  storageRestored: (when: string) =>
    `CachiBot restored the copy of ${when}, and adds newer bots and chats from its database.`,
  storageFilled: 'There was no copy of it, so CachiBot reads your bots and chats from its database.',
  storageNotRestored: 'The page’s storage couldn’t be restored',
  storageProblem: (reason: string) =>
    `The system reports: ${reason}. CachiBot reads your bots and chats from its database. If any are missing, quit CachiBot, make sure that its disk has free space and can be written to, and start it again.`,
  storageKept: (folder: string) => `The damaged files are in ${folder}. You can delete them if nothing is missing.`,
  appUpdated: 'CachiBot was updated',
  restartToUse: 'Restart CachiBot to use the new version. Until then, some parts of it may fail.',
  failedAfterUpdate:
    'Its files were replaced while it was running, so its server can’t continue. Restart CachiBot. Your data isn’t affected.',
  keepsCrashing: 'The page keeps crashing',
  crashedOften:
    'The server is fine, but the page crashed several times in a row. Try again. If that fails, check the log.',
  keepsGoingBlank: 'The page keeps going blank',
  wentBlankOften:
    'The server is fine, but the page went blank several times in a row. Try again. If that fails, check the log.',
} as const;

/** Why there is no server: a title, the cause and the advice for each failure. */
export const failure = {
  dataInUse: {
    title: 'CachiBot is already running',
    detail: 'Another CachiBot server is using your data. Quit it first, then try again.',
  },
  dataNotWritable: {
    title: 'CachiBot can’t write to its data folder',
    detail: 'Check that you’re allowed to write to it, then try again. Nothing in it was changed.',
  },
  dataNotUsable: 'CachiBot can’t use its data',
  diskFull: {
    title: 'The disk is full',
    detail: 'Free up space on the disk where your data is stored, then try again.',
  },
  databaseDamaged: {
    title: 'The database is damaged',
    detail:
      'CachiBot hasn’t changed it. Replace it with a backup, or move it away to start with an empty database. Then try again.',
  },
  databaseNewer: {
    title: 'Your data was last used by a newer version of CachiBot',
    detail: 'To protect it, this version won’t open it. Install the latest version of CachiBot.',
  },
  locksRefused: {
    title: 'CachiBot can’t lock its data on this disk',
    detail:
      'The disk refuses locks, which keep two programs from damaging your data. If it’s a network disk, mount it with locks, or move your data to a disk of this computer. Then try again.',
  },
  restorePending: {
    title: 'A backup isn’t fully restored yet',
    detail: 'Restart CachiBot to finish the restore. Until then, nothing else is changed.',
  },
  usedByApp: (pid: number, since: string) =>
    `Another CachiBot app has been using your data since ${since} (its server has PID ${pid}). Quit that app, then try again.`,
  usedByOwnServer: (pid: number, since: string) =>
    `“cachibot server” (PID ${pid}), which you started, has been using your data since ${since}. Two servers at once can damage it. Stop that one and continue here, or quit.`,

  notStarted: 'The server couldn’t be started',
  fileMissing: (file: string) =>
    `The file ${file} is missing. Reinstall CachiBot. If it happens again, your antivirus may be quarantining the file: add an exception for it.`,
  fileNotAllowed: (file: string) => `The system doesn’t allow ${file} to run. ${ALLOW_FILE}`,
  fileNotRun: (file: string, reason: string) => `CachiBot couldn’t run ${file} (${reason}). ${RETRY_OR_LOG}`,

  damaged: 'CachiBot’s files are damaged',
  damagedIn: (folder: string, named: readonly string[], more: number, advice: string) => {
    const others =
      more === 0 ? '' : more === 1 ? ', and 1 more file is damaged' : `, and ${more} more files are damaged`;
    return `In the folder ${folder}, ${named.join(', ')}${others}. ${advice} Your data isn’t affected.`;
  },
  /** Each follows the name of a file. */
  flaws: {
    missing: 'is missing',
    unreadable: 'can’t be read',
    'not-executable': 'can’t be run',
    'of-another-size': 'has the wrong size',
    changed: 'has been changed',
  },
  reinstallOrAllow: ALLOW_FILE,
  reinstall:
    'Reinstall CachiBot. If it happens again, your antivirus may be quarantining files: add an exception for this folder.',

  noWorkFolder: 'CachiBot couldn’t create its work folder',
  workFolderRefused: (folder: string, reason: string) =>
    `The folder ${folder} couldn’t be created (${reason}). Create it yourself, or remove whatever is in its way. Then try again.`,

  portTaken: 'The port was taken while CachiBot was starting',
  portTakenBy: (port: number) =>
    `Another program is using port ${port} now. Try again, and CachiBot will look for a free port.`,

  stoppedBeforeReady: 'The server stopped before it was ready',
  exitedWithCode: (code: number | null) => `It exited with code ${code}. ${RETRY_OR_LOG}`,
  endedBySignal: (signal: string) => `It was ended by signal ${signal}. ${RETRY_OR_LOG}`,

  neverResponded: 'The server didn’t respond',
  silentAtStart: (seconds: number) =>
    `It didn’t respond for ${secondsAsText(seconds)}, so CachiBot stopped it. ${RETRY_OR_LOG}`,
  suspendedAtStart: (seconds: number) =>
    `It didn’t respond for ${secondsAsText(seconds)} because another program had suspended it, so CachiBot stopped it. ${RETRY_OR_LOG}`,
  loopbackCut: 'This computer blocks connections to itself',
  allowLoopback:
    'No program can connect to 127.0.0.1, where CachiBot’s own server listens. The loopback interface may be down, or a firewall or VPN may block it. Allow these connections, then try again. Your data isn’t affected.',
  stoppedResponding: 'The server stopped responding',
  silentFor: (seconds: number) => `It didn’t respond for ${secondsAsText(seconds)}. ${RETRY_OR_LOG}`,

  notStoppable: 'The server can’t be stopped',
  survivedKill: (pid: number) =>
    `Process ${pid} is still running even after a forced stop. Restart your computer, then start CachiBot again.`,
} as const;

/** The offer to roll back a new version that has never started. */
export const rollBack = {
  kept: (version: string) =>
    `This version hasn’t started since it was installed. You can go back to version ${version}, which is still on this computer.`,
  notKept: (version: string) =>
    `This version hasn’t started since it was installed. You can reinstall version ${version} from the downloads page.`,
  backupExists: 'Your data was backed up before the update, and you can restore that backup, too.',
  goBackTo: (version: string) => `Go Back to ${version}`,
  openDownloads: 'Open Downloads',
} as const;

function secondsAsText(count: number): string {
  return count === 1 ? '1 second' : `${count} seconds`;
}
