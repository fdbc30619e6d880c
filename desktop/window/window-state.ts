import { type BrowserWindow, screen } from 'electron';
import { type Bounds, placeWindow, type WindowState } from './core/bounds';

/** The state is saved this long after its last change. */
const SAVE_MS = 500;

/** Saves the main window's bounds, its maximized state and its background for the next run. */
export class StoredWindowState {
  #state: WindowState;
  #timer: NodeJS.Timeout | undefined;
  readonly #save: (state: WindowState) => void;

  constructor(saved: WindowState, save: (state: WindowState) => void) {
    this.#state = saved;
    this.#save = save;
  }

  get maximized(): boolean {
    return this.#state.maximized;
  }

  get background(): string | undefined {
    return this.#state.background;
  }

  /** The bounds to open with; undefined lets the system choose. */
  bounds(): Bounds | undefined {
    return placeWindow(this.#state.bounds, workAreas());
  }

  /** Stores the state of `window` whenever the user moves, resizes or maximizes it. */
  attachTo(window: BrowserWindow): void {
    const store = () => {
      if (!window.isVisible() || window.isMinimized()) return;
      this.change({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
    };
    window.on('maximize', store);
    window.on('unmaximize', store);
    window.on('resize', store);
    window.on('move', store);
  }

  change(part: Partial<WindowState>): void {
    this.#state = { ...this.#state, ...part };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.saveNow(), SAVE_MS);
  }

  /** Saves a change that is not saved yet. */
  saveNow(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#save(this.#state);
  }
}

/** Returns the work area of each display: the part that windows may cover. */
export function workAreas(): Bounds[] {
  return screen.getAllDisplays().map(display => display.workArea);
}
