import { app, type BaseWindow, Menu, type MenuItemConstructorOptions, type WebContents } from 'electron';
import { words } from '../words/en';
import { type Command, keysOf } from './core/shortcuts';

interface Options {
  mac: boolean;
  development: boolean;
  /** The version as the user reads it. */
  version: string;
  /** Runs a command in a window. */
  run(command: Command, window: BaseWindow | undefined): void;
  openLogs(): void;
  saveReport(): void;
  showAllowedSites(): void;
  /** Saves and restores all data. */
  backups: { backUp(): Promise<void>; restore(): Promise<void> };
  /** The item for updates. It is disabled without `click`. */
  update: { label: string; click?: () => void };
}

const EDITING: readonly MenuItemConstructorOptions[] = [
  { role: 'undo' },
  { role: 'redo' },
  { type: 'separator' },
  { role: 'cut' },
  { role: 'copy' },
  { role: 'paste' },
  { role: 'pasteAndMatchStyle' },
  { role: 'selectAll' },
];

/** Sets the native menu. On macOS copy, paste and quit do not work without its roles. */
export function setMenu(options: Options): void {
  const { mac, development, version, run, openLogs, saveReport, showAllowedSites, update, backups } = options;
  const data: MenuItemConstructorOptions[] = [
    { id: 'back-up', label: words.menu.backUp, click: () => void backups.backUp() },
    { id: 'restore', label: words.menu.restore, click: () => void backups.restore() },
    { type: 'separator' },
  ];
  const help: MenuItemConstructorOptions[] = [
    { label: words.menu.saveReport, click: saveReport },
    { label: words.menu.openLogs, click: openLogs },
    { label: words.menu.allowedSites, click: showAllowedSites },
    { type: 'separator' },
    { id: 'update', enabled: update.click !== undefined, ...update },
  ];
  const command = (name: Command): MenuItemConstructorOptions => ({
    id: name,
    label: words.menu.commands[name],
    accelerator: keysOf(name, mac)[0],
    // The windows listen to the keys themselves: a menu item has only one.
    registerAccelerator: false,
    click: (_item, window) => run(name, window),
  });
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: words.menu.file,
      submenu: [...data, command('print'), separator, mac ? { role: 'close' } : { role: 'quit' }],
    },
    {
      role: 'editMenu',
      submenu: [...EDITING, separator, command('find'), command('findNext'), command('findPrevious')],
    },
    {
      label: words.menu.view,
      submenu: [
        command('reload'),
        command('reloadWithoutCache'),
        command('back'),
        command('forward'),
        separator,
        command('resetZoom'),
        command('zoomIn'),
        command('zoomOut'),
        separator,
        { role: 'togglefullscreen' },
        ...(development ? [{ role: 'toggleDevTools' } as const] : []),
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [...help, ...(mac ? [] : [{ role: 'about', label: words.menu.about } as const])] },
  ];
  app.setAboutPanelOptions({
    applicationName: 'CachiBot',
    applicationVersion: version,
    copyright: words.menu.copyright,
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/** Below the page's own title bar. */
const MENU_POSITION = { x: 0, y: 32 };

/** Opens the menu with Alt alone or F10, because a window without a frame has no menu bar. */
export function addMenuKeys(contents: WebContents): void {
  let altAlone = false;
  contents.on('before-input-event', (_event, { type, key, shift, control, meta, isAutoRepeat }) => {
    const alone = !shift && !control && !meta;
    const opens = alone && (type === 'keyUp' ? key === 'Alt' && altAlone : key === 'F10' && !isAutoRepeat);
    altAlone = alone && type !== 'keyUp' && key === 'Alt';
    if (opens) Menu.getApplicationMenu()?.popup(MENU_POSITION);
  });
  // Alt with the mouse moves the window on some systems, or selects a column of text.
  contents.on('input-event', (_event, { type }) => {
    if (type.startsWith('mouse') && type !== 'mouseMove') altAlone = false;
  });
  contents.on('blur', () => {
    altAlone = false;
  });
}
