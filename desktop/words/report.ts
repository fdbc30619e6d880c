/** Words of the diagnostic report and of the dialogs that save it. */
export const report = {
  saveTitle: 'Save Diagnostic Report',
  fileName: (date: string) => `CachiBot report ${date}.txt`,
  notSaved: 'Couldn’t save the report',
  chooseAnother: (file: string, reason: string) => `${file}: ${reason}. Choose another folder.`,
  chooseFolder: 'Choose Another Folder',
  cancel: 'Cancel',
  saved: 'The report is saved. CachiBot doesn’t send it.',
  whereToSend: (address: string) =>
    `To get help, describe the problem at ${address} and attach the file there. Review it first: everybody can read what you attach.`,
  openProblems: 'Open in Browser',
  done: 'Done',

  heading: (createdAt: string) => `CachiBot diagnostic report, created ${createdAt}`,
  notice: [
    'This file contains the logs of the app and its server. Passwords, tokens and keys that CachiBot recognized were removed.',
    'Review it before you share it.',
  ].join('\n'),
  failure: 'Failure on the screen',
  timeline: 'Events, in seconds since the app started',
  eventsLeftOut: (count: number) => `[${count} more]`,
  machine: 'This computer (--doctor)',
  machineUnknown: (reason: string) => `Not available: ${reason}`,
  hang: 'Where the server hung (hang.txt)',
  appLog: 'End of the app’s log (main.log)',
  serverOutput: 'End of the server’s output (server.log)',
  serverLog: 'End of the server’s own log (cachibot.log)',
  unreadable: (reason: string) => `This file can’t be read: ${reason}\n`,
  notFile: 'it isn’t a file',
  bytesLeftOut: (count: number) => `[${count} earlier bytes are left out]`,
} as const;
