import { Menu, type MenuItemConstructorOptions, nativeImage, screen, Tray } from 'electron';
import { words } from '../words/en';

/** Content of the tray. An item without `click` is disabled. */
export interface TrayContent {
  status: string;
  newChat: (() => void) | undefined;
  restartServer: (() => void) | undefined;
  update: { label: string; click?: () => void };
}

interface Options {
  /** Returns the file of the icon. `scale`: pixels of the screen for each pixel of a window. */
  icon(scale: number): string;
  show(): void;
  quit(): void;
  /**
   * The user points at the icon or opens its menu, to see the server's status. Electron emits neither event on Linux.
   */
  used(): void;
}

/** The icon in the tray, or nothing while it is closed. */
export class TrayIcon {
  #tray: Tray | undefined;
  #content: TrayContent | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#tray !== undefined;
  }

  /** Opens the icon if it is not open. Keeps a menu that does not change: it may be open. */
  show(content: TrayContent): void {
    const { icon, show, used } = this.#options;
    if (this.#tray === undefined) {
      this.#tray = new Tray(nativeImage.createFromPath(icon(screen.getPrimaryDisplay().scaleFactor)));
      this.#tray.on('click', show);
      this.#tray.on('mouse-enter', used);
      this.#tray.on('right-click', used);
    }
    const before = this.#content;
    this.#content = content;
    if (before && isSame(before, content)) return;
    this.#tray.setToolTip(words.background.toolTip(content.status));
    this.#tray.setContextMenu(Menu.buildFromTemplate(this.#items(content)));
  }

  close(): void {
    this.#tray?.destroy();
    this.#tray = this.#content = undefined;
  }

  /** The items do what the latest content says. */
  #items({ status, newChat, restartServer, update }: TrayContent): MenuItemConstructorOptions[] {
    const { show, quit } = this.#options;
    const item = (label: string, click?: () => void) => ({ label, ...(click ? { click } : { enabled: false }) });
    const separator: MenuItemConstructorOptions = { type: 'separator' };
    return [
      item(status),
      separator,
      item(words.background.show, show),
      item(words.background.newChat, newChat && (() => this.#content?.newChat?.())),
      separator,
      item(words.background.restartServer, restartServer && (() => this.#content?.restartServer?.())),
      item(update.label, update.click && (() => this.#content?.update.click?.())),
      separator,
      item(words.background.quitApp, quit),
    ];
  }
}

function isSame(one: TrayContent, other: TrayContent): boolean {
  return (
    one.status === other.status &&
    !one.newChat === !other.newChat &&
    !one.restartServer === !other.restartServer &&
    one.update.label === other.update.label &&
    !one.update.click === !other.update.click
  );
}
