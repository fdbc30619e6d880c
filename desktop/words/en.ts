/**
 * Words on the screen, by the part of the app that shows them. A key that is missing does not compile; one that nothing
 * uses fails a test. Words that depend on what happened are functions here.
 */
export const words = {
  menu: {
    file: 'File',
    view: 'View',
    saveReport: 'Save Report…',
    openLogs: 'Open Logs',
    copyright: 'MIT licence',
  },
} as const;
