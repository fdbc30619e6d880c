/** Counts what the user does with the mouse and the keyboard, because each such gesture may open one window or link. */

/** A gesture permits an opening for this long, as in Chromium. */
const GESTURE_MS = 5_000;

/** An input of the user, as Electron's event `input-event` reports it. */
export interface Input {
  type?: string;
  modifiers?: readonly string[];
}

export interface Gestures {
  /** Records an input. */
  record(input: Input): void;
  /** Whether there is a gesture that has opened nothing yet. It counts as used from now on. */
  use(): boolean;
}

/** @param now the time in milliseconds */
export function createGestures(now: () => number): Gestures {
  let madeAt = Number.NEGATIVE_INFINITY;
  return {
    record(input) {
      if (isGesture(input)) madeAt = now();
    },
    use() {
      const usable = now() - madeAt <= GESTURE_MS;
      madeAt = Number.NEGATIVE_INFINITY;
      return usable;
    },
  };
}

const TYPES = new Set<string | undefined>(['mouseDown', 'rawKeyDown', 'keyDown', 'touchStart']);

/** Whether an input is a new gesture. A key that is held down repeats itself. */
function isGesture({ type, modifiers }: Input): boolean {
  return TYPES.has(type) && !modifiers?.some(name => name.toLowerCase() === 'isautorepeat');
}
