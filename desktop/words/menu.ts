/** Words of the native menu and the About panel. */
export const menu = {
  file: 'File',
  view: 'View',
  backUp: 'Back Up…',
  restore: 'Restore…',
  commands: {
    reload: 'Reload',
    reloadWithoutCache: 'Reload Without Cache',
    back: 'Back',
    forward: 'Forward',
    zoomIn: 'Zoom In',
    zoomOut: 'Zoom Out',
    resetZoom: 'Actual Size',
    find: 'Find…',
    findNext: 'Find Next',
    findPrevious: 'Find Previous',
    print: 'Print…',
  },
  notPrinted: 'The page couldn’t be printed.',
  saveReport: 'Save Diagnostic Report…',
  allowedSites: 'Allowed Websites…',
  openLogs: 'Open Logs',
  about: 'About CachiBot',
  /** electron-builder.yml has the same line. */
  copyright: '© 2026 CachiBot contributors, MIT License',
  rehearsal: (version: string, reason: string) => `${version} (rehearsal: ${reason})`,
} as const;
