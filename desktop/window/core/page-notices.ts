/** Notices about CachiBot's page and about the app itself, which do not depend on the state of the server. */

import { words } from '../../words/en';
import { localTime } from '../../words/local-time';
import type { FailureScreen, Overlay } from './screen';

/** Damaged storage of the page that was replaced, or could not be. */
interface Recovery {
  /** The time of the copy in its place; undefined if there is none. */
  copiedMs: number | undefined;
  /** The folder with the damaged files; undefined if there were none. */
  damaged: string | undefined;
  /** Why the storage could not be checked, or its copy not be restored. */
  problem?: string;
}

export const PAGE_CRASHED: Overlay = {
  title: words.page.crashed,
  text: words.page.draftRestored,
  busy: false,
  choices: ['dismiss', 'logs'],
};

export const PAGE_BLANK: Overlay = {
  title: words.page.wentBlank,
  text: words.page.draftInItsChat,
  busy: false,
  choices: ['dismiss', 'logs'],
};

export const PAGE_HANGS: Overlay = {
  title: words.page.notResponding,
  text: words.page.waitOrReload,
  busy: false,
  choices: ['dismiss', 'reload', 'logs'],
};

/** Notices that do not matter when the window with the page has closed. */
export const ABOUT_PAGE = [PAGE_CRASHED, PAGE_BLANK, PAGE_HANGS];

export const GRAPHICS_OFF: Overlay = {
  title: words.page.graphicsOff,
  text: words.page.graphicsCrashed,
  busy: false,
  choices: ['dismiss', 'logs'],
};

export function storageDamaged({ copiedMs, damaged, problem }: Recovery): Overlay {
  const { storageFilled, storageRestored, storageKept, storageProblem } = words.page;
  const text = copiedMs === undefined ? storageFilled : storageRestored(localTime(copiedMs));
  return {
    title: problem === undefined ? words.page.storageDamaged : words.page.storageNotRestored,
    text: [problem === undefined ? text : storageProblem(problem), ...(damaged ? [storageKept(damaged)] : [])].join(
      ' ',
    ),
    busy: false,
    choices: ['dismiss', 'logs'],
  };
}

export const APP_UPDATED: Overlay = {
  title: words.page.appUpdated,
  text: words.page.restartToUse,
  busy: false,
  choices: ['dismiss', 'relaunch'],
};

export const PAGE_KEEPS_CRASHING: FailureScreen = {
  kind: 'failure',
  title: words.page.keepsCrashing,
  detail: words.page.crashedOften,
  lines: [],
};

export const PAGE_STAYS_BLANK: FailureScreen = {
  kind: 'failure',
  title: words.page.keepsGoingBlank,
  detail: words.page.wentBlankOften,
  lines: [],
};
