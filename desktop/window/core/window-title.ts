import { menu } from '../../words/menu';

/** Characters of a title. The page's names are longer, and the taskbar shows less. */
const LONGEST = 80;
/** Characters that end a line, cannot be seen, or turn the direction of the text that follows them, such as our name. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060-\u2064\ufeff]+/gu;

/** Returns the title of the main window for the title of its page, which names the chat that is shown. */
export function windowTitle(pageTitle: string): string {
  const name = pageTitle.replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
  if (name === '' || name === menu.appName) return menu.appName;
  const characters = [...name];
  const shown = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : name;
  return menu.windowTitle(shown);
}
