/** Chooses the picture of the icon in the tray. `npm run icons` draws them. */

interface Facts {
  /** A program of the desktop draws the tray, as on Linux. */
  needsHost: boolean;
  /** Names of the desktop, separated by colons, as in XDG_CURRENT_DESKTOP. */
  desktop: string | undefined;
  /** Pixels of the screen for each pixel of a window. */
  scale: number;
}

/** Desktops whose panel is dark in light mode, too, and whose icons there have one colour. */
const DARK_PANELS = ['GNOME', 'Unity', 'Pantheon'];
/** Its panel is light. */
const LIGHT_PANEL = 'GNOME-Classic';

/**
 * Returns the name of the file. No desktop reports the colour of its panel. Where it may be light or dark, the icon has
 * its own colours, which show on both.
 */
export function trayIconFile({ needsHost, desktop = '', scale }: Facts): string {
  // Beside it are pictures for larger scales, from which Electron chooses.
  if (!needsHost) return 'tray-16.png';
  const names = desktop.split(':');
  const isWhite = DARK_PANELS.some(name => names.includes(name)) && !names.includes(LIGHT_PANEL);
  return `tray-${isWhite ? 'white-' : ''}${scale > 1 ? 48 : 24}.png`;
}
