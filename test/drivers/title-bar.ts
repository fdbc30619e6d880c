/** The title bar of the main window, as a screen shows it. */

import type { Frame, Part } from './screen-recorder';

export const TITLE_BAR = 32;
export const BUTTON_WIDTH = 46;
export const BUTTONS = 3;

/** Returns how many buttons a frame shows in the title bar of a window. */
export function buttonsOf(frame: Frame, { x, y, width }: Pick<Part, 'x' | 'y' | 'width'>): number {
  const places = Array.from({ length: BUTTONS }, (_, at) => x + width - (at + 1) * BUTTON_WIDTH);
  return places.filter(left => frame.colours(left, y, BUTTON_WIDTH, TITLE_BAR - 2).size > 1).length;
}
