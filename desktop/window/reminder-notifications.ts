import { Notification } from 'electron';
import { words } from '../words/en';
import type { Windows } from './windows';

const MOST_CHARACTERS = 300;

/** Returns a function that shows a reminder as a notification of the system, unless the window has the focus. */
export function createReminderNotifications(
  windows: Pick<Windows, 'main' | 'focus'>,
  log: (line: string) => void,
): (text: unknown) => void {
  /** Referenced here, because a notification that was garbage-collected receives no clicks. */
  let last: Notification | undefined;
  return text => {
    if (typeof text !== 'string' || windows.main()?.isFocused()) return;
    if (!Notification.isSupported()) return log('reminder: the system shows no notifications');
    last = new Notification({ title: words.page.reminder, body: text.slice(0, MOST_CHARACTERS) });
    last.on('click', () => windows.focus());
    last.show();
  };
}
