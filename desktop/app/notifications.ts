import { app, BrowserWindow, Notification } from 'electron';
import type { SettingsStore } from '../settings/store';
import { isPath, leadsTo, type News, notificationFor, readNews } from '../window/core/news';
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

/** The notifications of the page's news. */
interface Notifications {
  /** Shows news as a notification of the system, unless the user is in a window of the app. A click opens the chat. */
  showNews(news: unknown): void;
  /** Closes the notifications of news about a place of the page that was deleted. */
  forgetNews(path: unknown): void;
}

export function createNotifications({ windows, settings, badge, log }: Options): Notifications {
  /** Unread news. Referenced here, because a notification that was garbage-collected receives no clicks. */
  let unread: { path: string; notification: Notification | undefined }[] = [];
  app.on('browser-window-focus', () => close(unread));

  return {
    showNews(value) {
      const news = readNews(value);
      if (news === undefined) throw new TypeError('The news are not valid.');
      if (!settings.get().notifications || BrowserWindow.getFocusedWindow() !== null) return;
      attractAttention();
      if (!Notification.isSupported()) log('the system shows no notifications');
      setUnread([...unread, { path: news.path, notification: Notification.isSupported() ? show(news) : undefined }]);
    },
    forgetNews(path) {
      if (!isPath(path)) throw new TypeError('The path is not valid.');
      close(unread.filter(news => leadsTo(news.path, path)));
    },
  };

  function close(read: typeof unread): void {
    for (const { notification } of read) notification?.close();
    setUnread(unread.filter(news => !read.includes(news)));
    const main = windows.main();
    if (unread.length === 0 && main?.isDestroyed() === false) main.flashFrame(false);
  }

  function show(news: News): Notification {
    const notification = new Notification(notificationFor(news));
    notification.on('click', () => {
      windows.focus();
      windows.openPath(news.path);
    });
    notification.show();
    return notification;
  }

  /** Makes the Dock's icon bounce, or the taskbar's button flash. */
  function attractAttention(): void {
    app.dock?.bounce('informational');
    const main = windows.main();
    // A minimized window is not visible on Windows, but in the taskbar.
    if (main?.isVisible() || main?.isMinimized()) main.flashFrame(true);
  }

  function setUnread(news: typeof unread): void {
    const before = unread.length;
    const old = news.length - MOST_KEPT;
    unread = news.map((one, at) => (at < old ? { ...one, notification: undefined } : one));
    if (unread.length !== before) badge.set('news', unread.length, words.notifications.unread(unread.length));
  }
}
