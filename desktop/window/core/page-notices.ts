/** Texts about CachiBot's page itself, whatever the server does. */

import type { FailureScreen, Overlay } from './screen';

export const PAGE_CRASHED: Overlay = {
  title: 'The page had to be loaded again',
  text: 'Its process ended. The server went on all the while, and what you have typed is back in its place.',
  busy: false,
  choices: ['dismiss', 'logs'],
};

export const PAGE_BLANK: Overlay = {
  title: 'The page went blank and was reloaded',
  text: 'The server kept running, and your chats are still there. So is the text that you had typed but not sent: open its chat to continue.',
  busy: false,
  choices: ['dismiss', 'logs'],
};

export const PAGE_HANGS: Overlay = {
  title: 'The page does not answer',
  text: 'It may be busy and come back by itself; or it can be loaded again.',
  busy: false,
  choices: ['dismiss', 'reload', 'logs'],
};

export const PAGE_KEEPS_CRASHING: FailureScreen = {
  kind: 'failure',
  title: 'The page keeps crashing',
  detail:
    'The server is well, but the window’s own process ended several times in a row. Try again; the log tells more.',
  lines: [],
};

export const PAGE_STAYS_BLANK: FailureScreen = {
  kind: 'failure',
  title: 'The page keeps going blank',
  detail:
    'The server is fine, but the page went blank several times in a row. Try again. If that fails, check the log.',
  lines: [],
};
