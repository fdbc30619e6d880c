import { type BrowserWindow, Menu, type Point, screen, type WebContents } from 'electron';

/** Height of the page's own title bar, at whose left end its button for the menu is. */
const TITLE_BAR = 32;

/** Time after Alt in which an event of the mouse shows that both belong together. */
const MOUSE_MS = 100;

/** Opens the menu below the title bar of a window without a frame, which has no menu bar. */
export function openMenu(window: BrowserWindow): void {
  const y = Math.round(TITLE_BAR * window.webContents.getZoomFactor());
  Menu.getApplicationMenu()?.popup({ window, x: 0, y });
}

/** Opens the menu with Alt alone or F10 in such a window. */
export function addMenuKeys(contents: WebContents, open: () => void): void {
  let altAlone = false;
  let pointer: Point = { x: 0, y: 0 };
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    altAlone = false;
    clearTimeout(timer);
  };
  contents.on('before-input-event', (_event, { type, key, shift, control, meta, isAutoRepeat, modifiers }) => {
    // A window manager may take a click with Alt for itself: only the keys tell that a button is held.
    const isButtonHeld = modifiers.some(name => /button/i.test(name));
    const alone = !shift && !control && !meta && !isButtonHeld;
    const isTap = alone && type === 'keyUp' && key === 'Alt' && altAlone;
    if (type === 'keyDown' && key === 'Alt' && !isAutoRepeat) pointer = screen.getCursorScreenPoint();
    cancel();
    altAlone = alone && type !== 'keyUp' && key === 'Alt';
    if (isTap) timer = setTimeout(() => isAt(pointer) && open(), MOUSE_MS);
    if (alone && type === 'keyDown' && key === 'F10' && !isAutoRepeat) open();
  });
  // Alt with the mouse moves the window on some systems, or selects a column of text. A window manager that takes the
  // click for itself leaves only the move with which the mouse returns to the window, after the button is up.
  contents.on('input-event', (_event, { type }) => {
    if (type.startsWith('mouse')) cancel();
  });
  contents.on('blur', cancel);
  contents.once('destroyed', cancel);
}

/** Whether the mouse has not moved. */
function isAt({ x, y }: Point): boolean {
  const now = screen.getCursorScreenPoint();
  return now.x === x && now.y === y;
}
