import { join } from 'node:path';
import { app, type BrowserWindow, nativeImage } from 'electron';

/** The badge of the app's icon: a number on it, or a dot on the taskbar button on Windows. */
export interface Badge {
  /** Sets the number of one source. `description`: for screen readers on Windows. */
  set(source: 'update' | 'news', count: number, description: string): void;
  /** Keeps the dot on the taskbar button of a new main window. */
  attachTo(window: BrowserWindow): void;
}

/**
 * Creates the badge. `hasDot`: the taskbar shows no numbers, as on Windows. `pages`: the folder of the shell's pages, with
 * the icons.
 */
export function createBadge({ hasDot, pages }: { hasDot: boolean; pages: string }): Badge {
  // Beside it are pictures for larger scales, from which Electron chooses.
  const dot = join(pages, 'badge-16.png');
  const counts = new Map<string, { count: number; description: string }>();
  let main: BrowserWindow | undefined;
  const marked = () => [...counts.values()].filter(one => one.count > 0);
  const updateDot = () => {
    if (!hasDot || main === undefined || main.isDestroyed()) return;
    const image = marked().length > 0 ? nativeImage.createFromPath(dot) : null;
    main.setOverlayIcon(
      image,
      marked()
        .map(one => one.description)
        .join(', '),
    );
  };
  return {
    set(source, count, description) {
      counts.set(source, { count, description });
      app.setBadgeCount(marked().reduce((sum, one) => sum + one.count, 0));
      updateDot();
    },
    attachTo(window) {
      main = window;
      // The window may be visible already.
      if (marked().length > 0) updateDot();
      // A window that was hidden gets a new button in the taskbar, without the dot.
      window.on('show', updateDot);
    },
  };
}
