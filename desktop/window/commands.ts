import { type BaseWindow, BrowserWindow, type Input, type WebContents } from 'electron';
import { type Command, commandFor, type PageCommand } from './core/shortcuts';
import { showNotPrinted } from './dialogs';
import type { FindBar } from './find-bar';
import { send } from './send';
import { isZoomable } from './shell-pages';

/** One step of the zoom, as in Chromium's own menu: a level is a factor of 1.2. */
const ZOOM_STEP = 0.5;
const MAX_ZOOM = 5;

interface Options {
  mac: boolean;
  hasAppCommands: boolean;
  findBar(): FindBar;
  showShortcuts(): void;
  openSettings(): void;
  /** Whether the main window may show the page at an address in its history. */
  mayShow(url: string): boolean;
  /** The page's zoom has changed. */
  zoomed(): void;
  log(line: string): void;
}

export interface Commands {
  /** Runs a command of the menu in a window. */
  run(command: Command, window: BaseWindow | undefined): void;
  /**
   * Listens to the keys of all commands, and to Ctrl and the wheel. They act on `page`, which may be another page of the
   * window.
   */
  listen(contents: WebContents, page?: WebContents): void;
}

/** Runs the commands that act on the page in a window. */
export function createCommands(options: Options): Commands {
  const { mac, hasAppCommands, findBar, showShortcuts, openSettings, mayShow, zoomed, log } = options;
  const go = (contents: WebContents, step: 1 | -1) => {
    const history = contents.navigationHistory;
    const entry = history.getEntryAtIndex(history.getActiveIndex() + step);
    if (entry && mayShow(entry.url)) history.goToOffset(step);
  };
  const setZoom = (contents: WebContents, level: number) => {
    if (!isZoomable(contents.getURL())) return;
    contents.setZoomLevel(Math.min(MAX_ZOOM, Math.max(-MAX_ZOOM, level)));
    zoomed();
  };
  const zoom = (contents: WebContents, step: number) => setZoom(contents, contents.getZoomLevel() + step);
  const tell = (contents: WebContents, command: PageCommand) => {
    if (mayShow(contents.getURL())) send(contents, 'command', command);
  };
  const actions: { readonly [Name in Command]: (contents: WebContents) => void } = {
    newChat: contents => tell(contents, 'newChat'),
    palette: contents => tell(contents, 'palette'),
    sidebar: contents => tell(contents, 'sidebar'),
    // A preview and the window for a password would lose their content.
    reload: contents => mayShow(contents.getURL()) && contents.reload(),
    reloadWithoutCache: contents => mayShow(contents.getURL()) && contents.reloadIgnoringCache(),
    back: contents => go(contents, -1),
    forward: contents => go(contents, 1),
    zoomIn: contents => zoom(contents, ZOOM_STEP),
    zoomOut: contents => zoom(contents, -ZOOM_STEP),
    resetZoom: contents => setZoom(contents, 0),
    find: contents => findBar().open(contents),
    findNext: contents => findBar().step(contents, true),
    findPrevious: contents => findBar().step(contents, false),
    print: contents => print(contents, log),
    shortcuts: showShortcuts,
    settings: () => openSettings(),
  };
  return {
    run(command, window) {
      // On macOS there may be no window.
      if (command === 'shortcuts') showShortcuts();
      else if (command === 'settings') openSettings();
      else if (window instanceof BrowserWindow) actions[command](window.webContents);
    },
    listen(contents, page = contents) {
      contents.on('before-input-event', (event, input: Input) => {
        const command = input.type === 'keyDown' ? commandFor(input, mac) : undefined;
        if (command === undefined) return;
        event.preventDefault();
        actions[command](page);
      });
      contents.on('zoom-changed', (_event, direction) => zoom(page, direction === 'in' ? ZOOM_STEP : -ZOOM_STEP));
      // The find bar is a view of the window, which has the listener already.
      if (contents !== page || !hasAppCommands) return;
      BrowserWindow.fromWebContents(contents)?.on('app-command', (_event, name) => {
        if (name === 'browser-backward') go(page, -1);
        if (name === 'browser-forward') go(page, 1);
      });
    },
  };
}

function print(contents: WebContents, log: (line: string) => void): void {
  contents.print({}, (done, reason) => {
    if (!done) showNotPrinted(reason, log);
  });
}
