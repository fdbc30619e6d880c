import type { BrowserWindow, WebContents } from 'electron';
import { words } from '../words/en';
import type { Screen, SplashScreen } from './core/screen';
import { send } from './send';
import { ShellView } from './shell-view';
import { groundColour, type ShellPageOptions } from './shell-window';

interface Options extends ShellPageOptions {
  frame: boolean;
  dark: boolean;
  screen(): Screen | undefined;
  /** The user has seen the page already, and it is loaded again. */
  isReload(): boolean;
  /** The splash can be shown. */
  loaded(): void;
}

/**
 * Rows of the page below the splash. Chromium treats a page that is covered as hidden: its timers fire once a second, and
 * it draws no frame.
 */
const UNCOVERED = 1;

/** Covers the page in the main window until the user can work with it. */
export class SplashView {
  readonly #view: ShellView;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#view = new ShellView('splash', {
      ...options,
      coversTitleBar: true,
      place: area => ({ ...area, height: area.height - UNCOVERED }),
      background: groundColour(options.dark),
    });
  }

  get contents(): WebContents | undefined {
    return this.#view.contents;
  }

  get isShown(): boolean {
    return this.#view.contents !== undefined;
  }

  attachTo(window: BrowserWindow): void {
    this.#view.attachTo(window);
  }

  show(): void {
    this.#view.show(() => {
      this.update();
      this.#options.loaded();
    });
  }

  /** Shows the text for the state of the server. @param page whether the server is ready and the page is slow */
  update(page = { slow: false }): void {
    const { contents } = this.#view;
    if (contents === undefined) return;
    const reloading = this.#options.isReload() ? RELOADING : undefined;
    const splash = page.slow ? SLOW_PAGE : (splashOf(this.#options.screen()) ?? reloading);
    if (splash) send(contents, 'screen', splash);
  }

  hide(): void {
    this.#view.hide();
  }
}

const RELOADING: SplashScreen = { kind: 'splash', text: words.splash.reloading, slow: false };
const SLOW_PAGE: SplashScreen = { kind: 'splash', text: words.splash.pageStillLoading, slow: false };

function splashOf(screen: Screen | undefined): SplashScreen | undefined {
  if (screen?.kind === 'splash') return screen;
  return screen?.kind === 'failure' ? undefined : screen?.splash;
}
