import { app, BrowserWindow, Notification } from 'electron';
import type { SettingsStore } from '../settings/store';
import { type News, notificationFor, readNews } from '../window/core/news';
import type { Windows } from '../window/windows';
import { words } from '../words/en';
import type { Badge } from './badge';

interface Options {
  windows: Windows;
  settings: Pick<SettingsStore, 'get'>;
  badge: Badge;
  log(line: string): void;
}

/** Notifications that a desktop still shows. Older ones receive no clicks. */
const MOST_KEPT = 20;

/**
 * Returns a function that shows news of the page as a notification of the system, unless the user is in a window of the app.
 * A click opens the chat.
 */
export function createNotifications({ windows, settings, badge, log }: Options): (news: unknown) => void {
  /** Referenced here, because a notification that was garbage-collected receives no clicks. */
  let shown: Notification[] = [];
  let unread = 0;
  app.on('browser-window-focus', () => {
    for (const notification of shown) notification.close();
    shown = [];
    setUnread(0);
    const main = windows.main();
    if (main?.isDestroyed() === false) main.flashFrame(false);
  });

  return value => {
    const news = readNews(value);
    if (news === undefined) throw new TypeError('The news are not valid.');
    if (!settings.get().notifications || BrowserWindow.getFocusedWindow() !== null) return;
    setUnread(unread + 1);
    attractAttention();
    if (Notification.isSupported()) show(news);
    else log('the system shows no notifications');
  };

  function show(news: News): void {
    const notification = new Notification(notificationFor(news));
    notification.on('click', () => {
      windows.focus();
      windows.openPath(news.path);
    });
    notification.show();
    shown = [...shown, notification].slice(-MOST_KEPT);
  }

  /** Makes the Dock's icon bounce, or the taskbar's button flash. */
  function attractAttention(): void {
    app.dock?.bounce('informational');
    const main = windows.main();
    // A minimized window is not visible on Windows, but in the taskbar.
    if (main?.isVisible() || main?.isMinimized()) main.flashFrame(true);
  }

  function setUnread(count: number): void {
    if (count === unread) return;
    unread = count;
    badge.set('news', count, words.notifications.unread(count));
  }
}
