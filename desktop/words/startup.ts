/**
 * Words for a terminal, or for a dialog before there is a window. The first half of a launch imports only this file of
 * words: the others would delay the server.
 */
export const startup = {
  cannotStart: (problems: readonly string[]) => `CachiBot can’t start:\n${problems.join('\n')}`,
  notStarted: (reason: string) => `CachiBot couldn’t start: ${reason}`,
  alreadyRunning: 'CachiBot is already running. Bringing its window to the front.',
  crashed: (stack: string) => `CachiBot crashed: ${stack}`,
  noLog: (file: string, reason: string) => `CachiBot can’t write its log ${file} and continues without it: ${reason}`,
  notRemoved: (folder: string, reason: string) => `Couldn’t remove ${folder}: ${reason}`,

  help: (name: string) =>
    [
      `Usage: ${name} [OPTION]…`,
      '',
      '  --backup FILE         save everything to FILE, and exit',
      '  --restore FILE        restore what --backup has saved, and exit',
      '  --password-file FILE  read the password of the backup from FILE',
      '  --data FOLDER         keep everything of this run in FOLDER',
      '  --hidden              start without showing the window',
      '  --quit                quit CachiBot without asking, if it is running, and exit',
      '  --doctor              print a report on versions, paths, disk and data as JSON, and exit',
      '  --smoke               start everything in a temporary profile, print a report as JSON, and exit',
      '  --version             print the version, and exit',
      '  --help                print this text, and exit',
      '',
      'Switches of Chromium, such as --disable-gpu, are accepted, too.',
    ].join('\n'),
  version: (version: string) => `CachiBot ${version}`,
  unknownOption: (option: string) => `There is no option ${option}. --help lists the options.`,
  argumentsTooLong: (bytes: number) => `The arguments are too long: at most ${bytes} bytes are allowed.`,
  needsFile: (option: string) => `${option} needs a file: ${option} FILE.`,
  noBackups: 'Backups need CachiBot’s own server: this one is started with another command.',
  quitToRestore: 'CachiBot is running. Quit it first, then restore the backup. Nothing was changed.',
  passwordUnreadable: (reason: string) => `The file with the password can’t be read: ${reason}`,
  dataNeedsFolder: '--data needs a folder: --data FOLDER.',
  serverAddress: (example: string, given: string) =>
    `CACHIBOT_URL must be the address of a server on this computer, such as ${example}, not "${given}".`,
  serverCommand:
    'CACHIBOT_DESKTOP_SERVER must be JSON such as {"command":["python","entry.py"],"identity":"token"} or {"bundle":"/folder/of/a/frozen/server"}.',
  otherSystem: (name: string) => `CachiBot doesn’t run on ${name}. It needs Windows, macOS or Linux.`,
  noSandbox: [
    'CachiBot can’t create the sandbox that isolates web pages (unprivileged user namespaces are disabled on this system,',
    'or the command unshare is missing), and won’t run without it.',
    'Install the .deb package, which brings the permission, or ask your administrator to allow user namespaces.',
    'To run without the sandbox anyway, set CACHIBOT_DESKTOP_WITHOUT_SANDBOX=1.',
  ].join('\n'),

  noDisplay:
    'CachiBot can’t open a window, because there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Start it from a desktop session.',
  displayGone: (display: string) =>
    `CachiBot can’t open a window, because nothing listens on the display ${display} that DISPLAY names. Start it from a desktop session.`,
  displayUnreachable: (display: string, reason: string) =>
    `CachiBot can’t open a window, because it can’t reach the display ${display} that DISPLAY names: ${reason}. Start it from a desktop session.`,

  noHome: 'CachiBot can’t find your home folder. Set the variable HOME to it, then start CachiBot again.',
  homeNotUtf8: (home: string) =>
    `CachiBot can’t use your home folder ${home}, because its path has bytes that aren’t UTF-8. Rename it, or keep your data in another folder with --data FOLDER.`,
  noTemporaryFolder: (problems: readonly string[]) =>
    [
      'CachiBot can’t use any folder for temporary files:',
      ...problems,
      'Free up space in one, or set TMPDIR to another folder. Then start CachiBot again.',
    ].join('\n'),
  notAbsolute: 'this isn’t an absolute path',
  tooLongForSocket: 'the path is too long for a socket',
  profileNotWritable: (profile: string, reason: string) =>
    `CachiBot can’t write to its own folder ${profile}: ${reason}. Fix the permissions, then start it again.`,
  noLinks: (profile: string, reason: string) =>
    `CachiBot can’t use its own folder ${profile}, because its disk doesn’t support links: ${reason}. Use a folder on another disk.`,
  profileNotLocked: (profile: string) =>
    `CachiBot can’t lock its own folder ${profile}. Start it again. If this happens again, restart your computer.`,
} as const;
