import { join } from 'node:path';
import { app, nativeImage } from 'electron';
import type { Windows } from '../window/windows';

/** The badge of the app's icon: a number on it, or a dot on the taskbar button on Windows. */
export interface Badge {
  /** Sets the number of one source. `description`: for screen readers on Windows. */
  set(source: 'update' | 'news', count: number, description: string): void;
}

const DOT = join(__dirname, '..', 'pages', 'icon.png');

/** Creates the badge. `hasDot`: the taskbar shows no numbers, as on Windows. */
export function createBadge(windows: () => Windows | undefined, hasDot: boolean): Badge {
  const counts = new Map<string, { count: number; description: string }>();
  return {
    set(source, count, description) {
      counts.set(source, { count, description });
      const set = [...counts.values()].filter(one => one.count > 0);
      app.setBadgeCount(set.reduce((sum, one) => sum + one.count, 0));
      if (!hasDot) return;
      const image = set.length > 0 ? nativeImage.createFromPath(DOT).resize({ width: 16 }) : null;
      windows()
        ?.main()
        ?.setOverlayIcon(image, set.map(one => one.description).join(', '));
    },
  };
}
