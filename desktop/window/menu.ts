import { app, Menu, type MenuItemConstructorOptions, type WebContents } from 'electron';
import { words } from '../words/en';

interface Options {
  mac: boolean;
  development: boolean;
  /** The version as the user reads it. */
  version: string;
  openLogs(): void;
  saveReport(): void;
  showAllowedSites(): void;
  /** Saves and restores all data. */
  backups: { backUp(): Promise<void>; restore(): Promise<void> };
  /** The item for updates. It is disabled without `click`. */
  update: { label: string; click?: () => void };
}

/** Sets the native menu. On macOS copy, paste and quit do not work without its roles. */
export function setMenu(options: Options): void {
  const { mac, development, version, openLogs, saveReport, showAllowedSites, update, backups } = options;
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
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    { label: words.menu.file, submenu: [...data, mac ? { role: 'close' } : { role: 'quit' }] },
    { role: 'editMenu' },
    {
      label: words.menu.view,
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
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
}

/** Adds a context menu for text and fields, because the page has no context menu. */
export function addContextMenu(contents: WebContents): void {
  contents.on('context-menu', (_event, { editFlags, isEditable, selectionText, dictionarySuggestions }) => {
    const spelling = dictionarySuggestions.map(
      (word): MenuItemConstructorOptions => ({ label: word, click: () => contents.replaceMisspelling(word) }),
    );
    const editing: MenuItemConstructorOptions[] = [
      { role: 'undo', enabled: editFlags.canUndo },
      { role: 'redo', enabled: editFlags.canRedo },
      { type: 'separator' },
      { role: 'cut', enabled: editFlags.canCut },
      { role: 'copy', enabled: editFlags.canCopy },
      { role: 'paste', enabled: editFlags.canPaste },
      { role: 'selectAll', enabled: editFlags.canSelectAll },
    ];
    const items = isEditable
      ? [...spelling, ...(spelling.length > 0 ? [{ type: 'separator' } as const] : []), ...editing]
      : selectionText.trim() !== ''
        ? [{ role: 'copy' } as const]
        : [];
    if (items.length > 0) Menu.buildFromTemplate(items).popup();
  });
}
