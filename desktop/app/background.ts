import { join } from 'node:path';
import { app } from 'electron';
import { hasTrayHost } from '../system/tray-host';
import { type Closing, closing, serverStatus } from '../window/core/background';
import { trayIconFile } from '../window/core/tray-icon';
import { showMessage } from '../window/dialogs';
import { type TrayContent, TrayIcon } from '../window/tray';
import type { Windows } from '../window/windows';
import { words } from '../words/en';
import { confirmRestart } from './backups';
import { type Background, type Parts, updateItem } from './parts';

/** At login, this app may start before the desktop's tray. */
const TRAY_TRIES = 20;
const TRAY_PAUSE_MS = 1_000;

interface Options {
  /** The folder of the shell's pages, with the icons. */
  pages: string;
  /** The value of XDG_CURRENT_DESKTOP. */
  desktop: string | undefined;
}

/** Creates the background. A start with `--hidden` begins in it. */
export function createBackground(parts: Parts, windows: Windows, options: Options): Background {
  const background = new AppBackground(parts, windows, options);
  if (windows.inBackground) void background.begin();
  return background;
}

class AppBackground implements Background {
  readonly #parts: Parts;
  readonly #windows: Windows;
  readonly #tray: TrayIcon;
  #isClosing = false;

  constructor(parts: Parts, windows: Windows, { pages, desktop }: Options) {
    this.#parts = parts;
    this.#windows = windows;
    const needsHost = parts.launch.config.platform.trayNeedsHost;
    this.#tray = new TrayIcon({
      icon: scale => join(pages, trayIconFile({ needsHost, desktop, scale })),
      show: () => windows.focus(),
      quit: () => app.quit(),
      used: parts.launch.backend.use.note,
    });
    parts.launch.settings.onChange(() => {
      if (!this.#isWanted) this.#tray.close();
      else if (!this.#tray.isOpen) void this.open();
    });
  }

  async open(): Promise<void> {
    const { trayNeedsHost } = this.#parts.launch.config.platform;
    const isPossible = this.#isWanted && (!trayNeedsHost || (await hasTrayHost()));
    if (isPossible && this.#isWanted) this.#tray.show(this.#content());
    else this.#tray.close();
  }

  update(): void {
    if (this.#tray.isOpen) this.#tray.show(this.#content());
  }

  async closeMainWindow(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    try {
      this.#close(await this.#decide());
    } finally {
      this.#isClosing = false;
    }
  }

  /** Begins a start without a window. Without a tray nothing would show that the app runs, so its window is minimized. */
  async begin(): Promise<void> {
    if (this.#hasDock) return;
    for (let tries = TRAY_TRIES; this.#isWanted && tries > 0 && this.#windows.inBackground; tries--) {
      await this.open();
      if (this.#tray.isOpen) return;
      await new Promise(resolve => setTimeout(resolve, TRAY_PAUSE_MS));
    }
    if (!this.#windows.inBackground) return;
    this.#parts.launch.log.line('started without a window on a desktop without a tray: the window is minimized');
    this.#windows.minimize();
  }

  get #hasDock(): boolean {
    return this.#parts.launch.config.platform.hasDock;
  }

  get #isWanted(): boolean {
    const { config, settings } = this.#parts.launch;
    const isPossible = config.mode === 'app' && config.server.kind !== 'attached' && !this.#hasDock;
    return isPossible && settings.get().runInBackground !== 'off';
  }

  async #decide(): Promise<Closing | 'stay'> {
    const { config, settings, log } = this.#parts.launch;
    if (config.server.kind === 'attached') return 'quit';
    await this.open(); // the desktop's tray may have come or gone
    const facts = {
      isHidden: this.#windows.inBackground,
      isMinimized: this.#windows.main()?.isMinimized() === true,
      hasTray: this.#tray.isOpen,
      hasDock: this.#hasDock,
    };
    const action = closing({ ...facts, setting: settings.get().runInBackground });
    if (action !== 'ask') return action;
    const answer = await ask(facts.hasTray);
    if (answer === undefined) return 'stay';
    try {
      settings.set('runInBackground', answer);
    } catch (error) {
      log.line(`the choice of the background could not be saved: ${(error as Error).message}`);
    }
    return closing({ ...facts, setting: answer });
  }

  /** Disables the items that cannot be chosen now: without a server there is no chat, and a backup must not be cut off. */
  #content(): TrayContent {
    const { launch, backups } = this.#parts;
    const { state } = launch.backend;
    const isFree = !backups.isRunning;
    const hasPage = state.phase === 'ready' || state.phase === 'attached';
    const mayRestart = state.phase === 'ready' || state.phase === 'failed';
    return {
      status: serverStatus(state),
      newChat: isFree && hasPage ? () => this.#newChat() : undefined,
      restartServer: isFree && mayRestart ? () => void this.#restart() : undefined,
      update: updateItem(this.#parts),
    };
  }

  #newChat(): void {
    this.#windows.focus();
    this.#windows.run('newChat', this.#windows.main());
  }

  async #restart(): Promise<void> {
    const { launch } = this.#parts;
    if (!(await confirmRestart(this.#parts))) return;
    if (launch.backend.state.phase === 'ready') launch.backend.restart();
    else void launch.backend.start();
  }

  #close(action: Closing | 'stay'): void {
    if (action === 'hide') this.#windows.hideInBackground();
    else if (action === 'minimize') this.#windows.minimize();
    else if (action === 'quit') app.quit();
  }
}

/** Asks whether the app keeps running. Returns undefined if the user cancels. */
async function ask(hasTray: boolean): Promise<'on' | 'off' | undefined> {
  const { question, why, tray, noTray, changeLater, keepRunning, quit, cancel } = words.background;
  const { response } = await showMessage({
    type: 'question',
    message: question,
    detail: `${why} ${hasTray ? tray : noTray} ${changeLater}`,
    buttons: [keepRunning, quit, cancel],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  });
  return (['on', 'off'] as const)[response];
}
