/** The notices above CachiBot's page: one is shown at a time, in the order they came, each until it is dismissed. */

import type { Overlay } from './screen';

interface Waiting {
  notice: Overlay;
  /** Called when the user can see the notice for the first time. */
  onShown(): void;
  isShown: boolean;
}

export class NoticeQueue {
  #waiting: readonly Waiting[] = [];

  /** The notice to show now. */
  get first(): Overlay | undefined {
    return this.#waiting[0]?.notice;
  }

  /** Adds a notice, unless it waits already. */
  add(notice: Overlay, onShown: () => void = () => {}): void {
    if (this.#waiting.some(other => other.notice === notice)) return;
    this.#waiting = [...this.#waiting, { notice, onShown, isShown: false }];
  }

  /** Records that the user can see this overlay. Another overlay than the first notice is not a notice. */
  shown(overlay: Overlay): void {
    const [first] = this.#waiting;
    if (first === undefined || first.notice !== overlay || first.isShown) return;
    first.isShown = true;
    first.onShown();
  }

  /** Removes the first notice, unless the user has not seen it: then the request was for the one before. */
  dismiss(): void {
    const [first, ...others] = this.#waiting;
    if (first?.isShown) this.#waiting = others;
  }

  remove(...notices: readonly Overlay[]): void {
    this.#waiting = this.#waiting.filter(({ notice }) => !notices.includes(notice));
  }
}
