/**
 * Words on the screen, by the part of the app that shows them. A missing key does not compile, and a key that nothing uses
 * fails a test. Words that depend on what happened are functions.
 */

import { about } from './about';
import { background } from './background';
import { backups } from './backups';
import { contextMenu } from './context-menu';
import { downloads } from './downloads';
import { links } from './links';
import { menu } from './menu';
import { moveOffer } from './move-offer';
import { notifications } from './notifications';
import { pages } from './pages';
import { report } from './report';
import { failure, page, rollBack, server, splash } from './screens';
import { settings } from './settings';
import { shortcuts } from './shortcuts';
import { startup } from './startup';
import { updateProblem, updates } from './updates';
import { work } from './work';

export const words = {
  about,
  background,
  startup,
  pages,
  splash,
  server,
  page,
  failure,
  rollBack,
  updates,
  updateProblem,
  report,
  backups,
  links,
  menu,
  contextMenu,
  moveOffer,
  downloads,
  shortcuts,
  notifications,
  work,
  settings,
} as const;
