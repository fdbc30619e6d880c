/** Where the window opens: where it was, unless that place is gone. */

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Window state kept between runs. */
export interface WindowState {
  bounds?: Bounds;
  maximized: boolean;
  /** The page's own background as a CSS colour, so that the next window opens in it, dark or light. */
  background?: string;
}

export const MIN_WIDTH = 720;
export const MIN_HEIGHT = 520;

/** Pixels of the title bar that must be on a display for the window to be reachable. */
const REACH = 80;

/**
 * `saved` if a user could still take hold of it on one of the displays' work areas;
 * undefined to let the system choose.
 */
export function placeWindow(saved: Bounds | undefined, workAreas: readonly Bounds[]): Bounds | undefined {
  if (saved === undefined) return undefined;
  const area = workAreas.find(
    ({ x, y, width, height }) =>
      saved.x + saved.width >= x + REACH &&
      saved.x <= x + width - REACH &&
      saved.y >= y - 1 &&
      saved.y <= y + height - REACH,
  );
  if (area === undefined) return undefined;
  return { ...saved, width: Math.min(saved.width, area.width), height: Math.min(saved.height, area.height) };
}

/** Reads what a file held; anything odd counts as never saved. */
export function readWindowState(content: unknown): WindowState {
  const { bounds, maximized, background } = (content ?? {}) as Record<string, unknown>;
  const colour = opaqueColour(background);
  return {
    ...(isBounds(bounds) ? { bounds } : {}),
    maximized: maximized === true,
    ...(colour ? { background: colour } : {}),
  };
}

/** A CSS colour as `getComputedStyle` writes it, opaque; undefined for anything else. */
export function opaqueColour(value: unknown): string | undefined {
  return typeof value === 'string' && /^rgb\(\d{1,3}, \d{1,3}, \d{1,3}\)$/.test(value) ? value : undefined;
}

function isBounds(value: unknown): value is Bounds {
  const { x, y, width, height } = (value ?? {}) as Record<string, unknown>;
  return (
    [x, y, width, height].every(Number.isSafeInteger) && Number(width) >= MIN_WIDTH && Number(height) >= MIN_HEIGHT
  );
}
