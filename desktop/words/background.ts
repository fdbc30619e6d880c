/** Words about the app without a window: the tray, and the question when the user closes the window. */
export const background = {
  question: 'Keep CachiBot running in the background?',
  why: 'Automations and reminders run only while CachiBot does.',
  tray: 'Its icon in the tray brings the window back.',
  noTray: 'This desktop has no tray, so the window is minimized instead of closed.',
  changeLater: 'You can change this in Settings.',
  keepRunning: 'Keep Running',
  quit: 'Quit',
  cancel: 'Cancel',
  status: {
    starting: 'Server: Starting',
    ready: 'Server: Running',
    silent: 'Server: Not Responding',
    restarting: 'Server: Restarting',
    stopping: 'Server: Stopping',
    stopped: 'Server: Not Running',
  },
  toolTip: (status: string) => `CachiBot (${status})`,
  show: 'Show CachiBot',
  newChat: 'New Chat',
  restartServer: 'Restart Server',
  quitApp: 'Quit CachiBot',
} as const;
