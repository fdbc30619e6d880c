import { Notification } from 'electron';
import type { Settings } from '../settings/core/settings';
import { showMessage } from '../window/dialogs';
import { words } from '../words/en';
import { menuItemFor, notificationFor, pageEventsFor, type UpdateState } from './core/state';
import type { UpdateHost } from './host';
import type { Updater } from './updater';

interface Options {
  updater: Updater;
  /** The version that runs. */
  version: string;
  windows: UpdateHost['windows'];
  settings(): Pick<Settings, 'notifications'>;
  menuChanged(): void;
  setBadge: UpdateHost['setBadge'];
  log(line: string): void;
}

/** Removes the progress from the taskbar. */
const NO_PROGRESS = -1;

/** Reports updates to the user and to the page: notifications, the icon's badge, the taskbar, the menu item, events of the page. */
export class Notifier {
  /** Referenced here, because a notification that was garbage-collected receives no clicks. */
  #notification: Notification | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    const { updater, menuChanged } = options;
    updater.onChange((state, before) => this.#stateChanged(state, before));
    updater.onChange((state, before) => {
      if (state.at !== before.at) menuChanged();
    });
  }

  /** Sends the last events again when a request has changed nothing, because the page may have forgotten them. */
  async repeatUnchanged<Answer>(request: Promise<Answer>): Promise<Answer> {
    const { updater } = this.#options;
    const before = updater.state;
    const answer = await request;
    if (updater.state === before) this.#send(before);
    return answer;
  }

  /** Returns the menu item. It has no `click` while an operation is in progress. */
  menuItem(): { label: string; click?: () => void } {
    const { label, does } = menuItemFor(this.#options.updater.state);
    if (does === undefined) return { label };
    const actions = {
      check: () => this.#check(),
      download: () => this.#download(),
      install: () => this.#install(),
    };
    return { label, click: () => void actions[does]() };
  }

  notInstalled(version: string): void {
    const title = words.updates.versionNotInstalled(version);
    this.#notify({ title, body: words.updates.stillOnThisVersion });
  }

  #stateChanged(state: UpdateState, before: UpdateState): void {
    this.#send(state, before);
    this.#showProgress(state, before);
    if (state.at === before.at) return;
    this.#options.setBadge(state.at === 'downloaded' ? words.updates.ready(state.offer.version) : undefined);
    const news = notificationFor(before, state);
    if (news) this.#notify(news);
  }

  /** Sends the events of a state to the page, without a problem that was sent for `before`. */
  #send(state: UpdateState, before?: UpdateState): void {
    const known = before !== undefined && problemOf(state) === problemOf(before);
    for (const { name, payload } of pageEventsFor(state))
      if (name !== 'update:error' || !known) this.#options.windows()?.send(name, payload);
  }

  #notify(news: { title: string; body: string }): void {
    const { updater, windows, settings, log } = this.#options;
    if (!settings().notifications) return log(`update: notifications are turned off (${news.title})`);
    if (!Notification.isSupported()) return log(`update: the system shows no notifications (${news.title})`);
    this.#notification?.close();
    const notification = new Notification(news);
    this.#notification = notification;
    notification.on('click', () => {
      windows()?.focus();
      if (updater.state.at === 'downloaded') void this.#offerInstallation(updater.state.offer.version);
      if (updater.state.at === 'available') void this.#download();
    });
    notification.show();
  }

  #showProgress(state: UpdateState, before: UpdateState): void {
    if (state.at !== 'downloading' && before.at !== 'downloading') return;
    const fraction = state.at === 'downloading' ? state.progress.percent / 100 : NO_PROGRESS;
    this.#options.windows()?.main()?.setProgressBar(fraction);
  }

  async #check(): Promise<void> {
    const { updater, version } = this.#options;
    const answer = await updater.check();
    const problem = problemOf(updater.state);
    if (problem !== undefined) await showProblem(words.updates.checkFailed, problem);
    else if (!answer.available) await showProblem(words.updates.upToDate, words.updates.thisVersion(version));
  }

  async #download(): Promise<void> {
    const result = await this.#options.updater.download();
    if (!result.success) await showProblem(words.updates.downloadFailed, result.error);
  }

  async #offerInstallation(version: string): Promise<void> {
    const { response } = await showMessage({
      message: words.updates.restartQuestion(version),
      detail: words.updates.dataBackedUpFirst,
      buttons: [words.updates.restartNow, words.updates.later],
      cancelId: 1,
    });
    if (response === 0) await this.#install();
  }

  async #install(): Promise<void> {
    const { updater } = this.#options;
    await updater.install();
    const problem = problemOf(updater.state);
    if (problem !== undefined) await showProblem(words.updates.notInstalled, problem);
  }
}

/** Shows a message box with one button. */
export async function showProblem(message: string, detail: string): Promise<void> {
  await showMessage({ type: 'info', message, detail, buttons: [words.updates.ok] });
}

function problemOf(state: UpdateState): string | undefined {
  return 'problem' in state ? state.problem : undefined;
}
