/** Decides where the main window opens: at its last bounds, unless they are no longer on any display. */

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Window state that is saved between runs. */
export interface WindowState {
  bounds?: Bounds;
  maximized: boolean;
  /** The page's background as a CSS colour. The next window opens with it, so that a dark page does not flash. */
  background?: string;
}

export const MIN_WIDTH = 720;
export const MIN_HEIGHT = 520;

/** Pixels of the title bar that must be on a display, so that the user can grab the window. */
const REACHABLE_PX = 80;

/**
 * Returns the saved bounds if the user could grab the window in one of the work areas, no larger than that area.
 * Returns undefined to let the system choose.
 */
export function placeWindow(saved: Bounds | undefined, workAreas: readonly Bounds[]): Bounds | undefined {
  if (saved === undefined) return undefined;
  const area = workAreas.find(
    ({ x, y, width, height }) =>
      saved.x + saved.width >= x + REACHABLE_PX &&
      saved.x <= x + width - REACHABLE_PX &&
      saved.y >= y - 1 &&
      saved.y <= y + height - REACHABLE_PX,
  );
  if (area === undefined) return undefined;
  return { ...saved, width: Math.min(saved.width, area.width), height: Math.min(saved.height, area.height) };
}

/** Reads the content of the file. Invalid values count as never saved. */
export function readWindowState(content: unknown): WindowState {
  const { bounds, maximized, background } = (content ?? {}) as Record<string, unknown>;
  const colour = opaqueColour(background);
  return {
    ...(isBounds(bounds) ? { bounds } : {}),
    maximized: maximized === true,
    ...(colour ? { background: colour } : {}),
  };
}

/** Returns an opaque CSS colour in the notation of `getComputedStyle`; undefined for any other value. */
export function opaqueColour(value: unknown): string | undefined {
  return typeof value === 'string' && /^rgb\(\d{1,3}, \d{1,3}, \d{1,3}\)$/.test(value) ? value : undefined;
}

function isBounds(value: unknown): value is Bounds {
  const { x, y, width, height } = (value ?? {}) as Record<string, unknown>;
  return (
    [x, y, width, height].every(Number.isSafeInteger) && Number(width) >= MIN_WIDTH && Number(height) >= MIN_HEIGHT
  );
}
