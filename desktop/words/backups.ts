/** Words of backups and their restore: the dialogs, and the page that asks for a password. */
export const backups = {
  fileName: (date: string) => `CachiBot ${date}.cachibot-backup`,
  fileKind: 'Backup of CachiBot',
  saveTitle: 'Back Up CachiBot',
  saved: 'The backup was saved',
  notSaved: 'Couldn’t save the backup',
  checking: 'Checking the backup…',

  chooseTitle: 'Which backup do you want to restore?',
  chooseDetail:
    'CachiBot checks it first, saves everything as it is now so that you can go back, and starts again. Files in your work folder stay as they are, except for those that you attached to messages.',
  chooseFile: 'Choose a File…',
  restoreFrom: (when: string) => `Restore the backup of ${when}?`,
  restoreFile: (name: string) => `Restore “${name}”?`,
  contents: {
    database: 'It contains the database. It doesn’t contain keys, attached files or the chats as the page shows them.',
    'database and page':
      'It contains your bots, your chats and the rest of the database. It doesn’t contain keys or attached files.',
    all: 'It contains everything.',
  },
  unknownVersion: 'Unknown version',
  copyLine: (when: string, kind: string, version: string, size: string) => `${when} · ${kind} · ${version} · ${size}`,
  kinds: { upgrade: 'before an update', restore: 'before a restore' },
  versions: (cachibot: string, app: string | undefined) =>
    app === undefined ? `CachiBot ${cachibot}` : `CachiBot ${cachibot}, app ${app}`,
  restore: 'Restore',
  cancel: 'Cancel',
  notPossible: 'Backups aren’t possible now',
  noPasswordPage: (reason: string) => `CachiBot couldn’t ask for the password (${reason}). Try again.`,
  otherServer: 'This server isn’t CachiBot’s own.',
  busy: 'Another backup, restore or update is in progress.',
  inProgress: 'A backup or restore is in progress',
  waitForIt: 'Wait until it has finished, then try again.',
  quitQuestion: 'A backup or restore isn’t finished. Quit anyway?',
  quitStops: 'Quitting stops it. Your data stays as it is.',
  restored: 'Your backup was restored',
  notRestored: 'The backup wasn’t restored',
} as const;
