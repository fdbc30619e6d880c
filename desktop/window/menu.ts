import { type BaseWindow, Menu, type MenuItemConstructorOptions } from 'electron';
import { words } from '../words/en';
import { type Command, keysOf, keysOfRole, type Role } from './core/shortcuts';
import type { Site } from './core/sites';

type Item = MenuItemConstructorOptions;

interface Options {
  mac: boolean;
  development: boolean;
  showAbout(): void;
  /** Runs a command in a window. */
  run(command: Command, window: BaseWindow | undefined): void;
  openWorkspace(): void;
  openSite(site: Site): void;
  reportProblem(): void;
  openLogs(): void;
  /** Saves and restores all data. */
  backups: { backUp(): Promise<void>; restore(): Promise<void> };
  /** The item for updates. It is disabled without `click`. */
  update: { label: string; click?: () => void };
}

const SEPARATOR: Item = { type: 'separator' };

/** Sets the native menu. On macOS copy, paste and quit do not work without its roles. */
export function setMenu(options: Options): void {
  const { mac } = options;
  const template: Item[] = [
    ...(mac ? [appMenu(options)] : []),
    { label: words.menu.file, submenu: fileMenu(options) },
    { label: words.menu.edit, submenu: editMenu(options) },
    { label: words.menu.view, submenu: viewMenu(options) },
    { label: words.menu.window, role: 'windowMenu', ...(mac ? {} : { submenu: windowMenu(options) }) },
    { label: words.menu.help, role: 'help', submenu: helpMenu(options) },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/** The app's own menu on macOS, as the system's role makes it, but with our About and our settings. */
function appMenu(options: Options): Item {
  return {
    role: 'appMenu',
    submenu: [
      about(options),
      SEPARATOR,
      command('settings', options),
      SEPARATOR,
      { role: 'services' },
      SEPARATOR,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      SEPARATOR,
      { role: 'quit' },
    ],
  };
}

function about({ showAbout }: Options): Item {
  return { id: 'about', label: words.menu.about, click: showAbout };
}

function fileMenu(options: Options): Item[] {
  const { mac, backups, openWorkspace } = options;
  return [
    command('newChat', options),
    command('palette', options),
    SEPARATOR,
    { id: 'open-workspace', label: words.menu.openWorkspace, click: openWorkspace },
    { id: 'back-up', label: words.menu.backUp, click: () => void backups.backUp() },
    { id: 'restore', label: words.menu.restore, click: () => void backups.restore() },
    SEPARATOR,
    command('print', options),
    SEPARATOR,
    ...(mac
      ? [{ role: 'close', label: words.menu.close } as const]
      : [command('settings', options), SEPARATOR, role('quit', words.menu.quit, options)]),
  ];
}

function editMenu(options: Options): Item[] {
  const { undo, redo, cut, copy, paste, pasteAndMatchStyle, selectAll } = words.menu;
  return [
    editing('undo', undo, options),
    editing('redo', redo, options),
    SEPARATOR,
    editing('cut', cut, options),
    editing('copy', copy, options),
    editing('paste', paste, options),
    editing('pasteAndMatchStyle', pasteAndMatchStyle, options),
    editing('selectAll', selectAll, options),
    SEPARATOR,
    command('find', options),
    command('findNext', options),
    command('findPrevious', options),
  ];
}

function viewMenu(options: Options): Item[] {
  return [
    command('reload', options),
    command('reloadWithoutCache', options),
    command('back', options),
    command('forward', options),
    SEPARATOR,
    command('sidebar', options),
    command('resetZoom', options),
    command('zoomIn', options),
    command('zoomOut', options),
    SEPARATOR,
    role('togglefullscreen', words.menu.fullScreen, options),
    ...(options.development ? [{ role: 'toggleDevTools', label: words.menu.developerTools } as const] : []),
  ];
}

function windowMenu(options: Options): Item[] {
  return [{ role: 'minimize', label: words.menu.minimize }, role('close', words.menu.close, options)];
}

function helpMenu(options: Options): Item[] {
  const { mac, openSite, reportProblem, openLogs, update } = options;
  const site = (name: Site, label: string): Item => ({ id: name, label, click: () => openSite(name) });
  return [
    site('documentation', words.menu.documentation),
    site('website', words.menu.website),
    site('releaseNotes', words.menu.releaseNotes),
    command('shortcuts', options),
    SEPARATOR,
    { id: 'report-problem', label: words.menu.reportProblem, click: reportProblem },
    { label: words.menu.openLogs, click: openLogs },
    SEPARATOR,
    { id: 'update', enabled: update.click !== undefined, ...update },
    ...(mac ? [] : [about(options)]),
  ];
}

/** An item with the key of its role: Electron itself shows it in the menu bar only. */
function role(name: Role, label: string, { mac }: Options): Item {
  return { role: name, label, accelerator: keysOfRole(name, mac)[0] };
}

/** An item that edits. Chromium listens to its key. */
function editing(name: Role, label: string, options: Options): Item {
  return { ...role(name, label, options), registerAccelerator: false };
}

function command(name: Command, { mac, run }: Options): Item {
  return {
    id: name,
    label: words.menu.commands[name],
    accelerator: keysOf(name, mac)[0],
    // The windows listen to the keys themselves: a menu item has only one.
    registerAccelerator: false,
    click: (_item, window) => run(name, window),
  };
}
