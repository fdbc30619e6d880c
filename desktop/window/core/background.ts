/** Decides about the app without a window: its close button, and the words of the tray. */

import { type BackendState, isRestarting } from '../../server/core/state';
import { background } from '../../words/background';

export type Closing = 'hide' | 'minimize' | 'ask' | 'quit';

interface Facts {
  setting: 'ask' | 'on' | 'off';
  /** No window is visible, so a program closes the window: an installer that replaces the app, for instance. */
  isHidden: boolean;
  /** The user closes the window by its entry in the taskbar. */
  isMinimized: boolean;
  /** The tray shows our icon, which can bring the window back. */
  hasTray: boolean;
  /** An app stays in the Dock without a window, as on macOS. */
  hasDock: boolean;
}

/** Returns what closing the main window does. */
export function closing({ setting, isHidden, isMinimized, hasTray, hasDock }: Facts): Closing {
  if (isHidden) return 'quit';
  if (hasDock) return 'hide';
  if (setting === 'ask') return 'ask';
  if (setting === 'off') return 'quit';
  if (hasTray) return 'hide';
  // Minimizing a minimized window does nothing, so the user is asked.
  return isMinimized ? 'ask' : 'minimize';
}

/** Returns the status of the server, as the tray shows it. */
export function serverStatus(state: BackendState): string {
  if (isRestarting(state)) return background.status.restarting;
  switch (state.phase) {
    case 'starting':
      return background.status.starting;
    case 'ready':
      return state.silence === undefined ? background.status.ready : background.status.silent;
    case 'attached':
      return background.status.ready;
    case 'stopped':
    case 'failed':
      return background.status.stopped;
    default:
      return background.status.stopping;
  }
}
