/**
 * Words on the screen, by the part of the app that shows them. A missing key does not compile, and a key that nothing uses
 * fails a test. Words that depend on what happened are functions.
 */

import { pages } from './pages';
import { failure, page, rollBack, server, splash } from './screens';
import { updateProblem, updates } from './updates';

export const words = {
  pages,
  splash,
  server,
  page,
  failure,
  rollBack,
  updates,
  updateProblem,
  menu: {
    file: 'File',
    view: 'View',
    saveReport: 'Save Report…',
    openLogs: 'Open Logs',
    copyright: 'MIT licence',
  },
} as const;
