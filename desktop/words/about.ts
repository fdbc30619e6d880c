/** Words of the About window that are not in its HTML. */
export const about = {
  title: 'About CachiBot',
  names: {
    app: 'CachiBot Desktop',
    server: 'CachiBot server',
    python: 'Python',
    electron: 'Electron',
    chromium: 'Chromium',
    node: 'Node.js',
    system: 'System',
  },
} as const;
