/** The state of an update as data: `nextUpdate` returns the next state, and `Updater` acts on it. */

import { words } from '../../words/en';
import type { UpdateOffer, UpdatePageEvents, UpdateProgress } from './offer';

export type UpdateState =
  /** No newer version is known. `problem`: why the last check failed. */
  | { at: 'idle'; problem?: string }
  /** `offer`: the newer version that was known before. */
  | { at: 'checking'; offer?: UpdateOffer }
  /** `problem`: why the last check, download or installation failed. */
  | { at: 'available'; offer: UpdateOffer; problem?: string }
  | { at: 'downloading'; offer: UpdateOffer; progress: UpdateProgress }
  /** Verified, and not installed yet. `problem`: why it could not be installed. */
  | { at: 'downloaded'; offer: UpdateOffer; problem?: string }
  | { at: 'installing'; offer: UpdateOffer };

export type UpdateEvent =
  | { type: 'check' }
  | { type: 'found'; offer: UpdateOffer }
  | { type: 'nothing' }
  | { type: 'download' }
  | { type: 'progress'; progress: UpdateProgress }
  | { type: 'downloaded' }
  | { type: 'install' }
  /** The user chose to install it later. */
  | { type: 'postponed' }
  /** A check, a download or an installation failed. `lost`: the download cannot be used any more. */
  | { type: 'failed'; problem: string; lost?: boolean }
  /** The download is not offered any more. `problem`: there is no other offer. */
  | { type: 'withdrawn'; problem?: string }
  /** The channel was changed, so the offer of the old channel is void. */
  | { type: 'channel' };

const NO_PROGRESS: UpdateProgress = { bytesPerSecond: 0, percent: 0, transferred: 0, total: 0 };

/** Returns the next state; the same object when the event changes nothing. */
export function nextUpdate(state: UpdateState, event: UpdateEvent): UpdateState {
  switch (event.type) {
    case 'check':
      if (state.at === 'idle') return { at: 'checking' };
      return state.at === 'available' ? { at: 'checking', offer: state.offer } : state;
    case 'found':
      return state.at === 'checking' ? { at: 'available', offer: event.offer } : state;
    case 'nothing':
      return state.at === 'checking' ? { at: 'idle' } : state;
    case 'download':
      return state.at === 'available' ? { at: 'downloading', offer: state.offer, progress: NO_PROGRESS } : state;
    case 'progress':
      return state.at === 'downloading' ? { ...state, progress: event.progress } : state;
    case 'downloaded':
      return state.at === 'downloading' ? { at: 'downloaded', offer: state.offer } : state;
    case 'install':
      return state.at === 'downloaded' ? { at: 'installing', offer: state.offer } : state;
    case 'postponed':
      return state.at === 'installing' ? { at: 'downloaded', offer: state.offer } : state;
    case 'failed':
      return afterFailure(state, event);
    case 'withdrawn':
      if (state.at !== 'downloading' && state.at !== 'downloaded') return state;
      return { at: 'idle', ...(event.problem === undefined ? {} : { problem: event.problem }) };
    case 'channel':
      return state.at === 'idle' || state.at === 'installing' || state.at === 'downloading' ? state : { at: 'idle' };
  }
}

function afterFailure(state: UpdateState, { problem, lost }: { problem: string; lost?: boolean }): UpdateState {
  switch (state.at) {
    case 'checking':
      return state.offer ? { at: 'available', offer: state.offer, problem } : { at: 'idle', problem };
    case 'downloading':
      return { at: 'available', offer: state.offer, problem };
    case 'installing':
      return { at: lost ? 'available' : 'downloaded', offer: state.offer, problem };
    case 'idle':
    case 'available':
    case 'downloaded':
      return state;
  }
}

export type PageEvent = {
  [Name in keyof UpdatePageEvents]: { name: Name; payload: UpdatePageEvents[Name] };
}[keyof UpdatePageEvents];

/**
 * Returns the events that tell a page this state, a problem first. The page forgets them when the tab that shows them
 * closes.
 */
export function pageEventsFor(state: UpdateState): PageEvent[] {
  const problem = 'problem' in state ? state.problem : undefined;
  const events: PageEvent[] = problem === undefined ? [] : [{ name: 'update:error', payload: { message: problem } }];
  if (state.at === 'available') events.push({ name: 'update:available', payload: state.offer });
  if (state.at === 'downloading') events.push({ name: 'update:progress', payload: state.progress });
  if (state.at === 'downloaded') events.push({ name: 'update:downloaded', payload: { version: state.offer.version } });
  return events;
}

/** Returns the notification for a change of the state; undefined for none. */
export function notificationFor(before: UpdateState, state: UpdateState): { title: string; body: string } | undefined {
  if (state.at === 'available' && state.problem === undefined && before.at === 'checking') {
    if (before.offer?.version === state.offer.version) return undefined;
    return {
      title: words.updates.available(state.offer.version),
      body: words.updates.clickToDownload,
    };
  }
  if (state.at === 'downloaded' && before.at === 'downloading')
    return {
      title: words.updates.ready(state.offer.version),
      body: words.updates.clickToRestart,
    };
  return undefined;
}

/** Returns the label of the menu item, and the action of a click on it. */
export function menuItemFor(state: UpdateState): { label: string; does?: 'check' | 'download' | 'install' } {
  switch (state.at) {
    case 'idle':
      return { label: words.updates.check, does: 'check' };
    case 'checking':
      return { label: words.updates.checking };
    case 'available':
      return { label: words.updates.download(state.offer.version), does: 'download' };
    case 'downloading':
      return { label: words.updates.downloading(state.offer.version) };
    case 'downloaded':
      return { label: words.updates.restart(state.offer.version), does: 'install' };
    case 'installing':
      return { label: words.updates.installing(state.offer.version) };
  }
}
