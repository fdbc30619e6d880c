/** Patterns of the text that the app shows, for tests that observe it from outside. */

import { words } from '../../desktop/words/en';

const { failure } = words;

export const SCREEN = {
  starting: containing(words.pages.starting),
  startingOrSlow: anyOf(words.pages.starting, words.splash.stillLoading(0).split('.')[0] ?? ''),
  tryAgain: containing(words.pages.tryAgain),
  /** A server that stopped before it was ready, followed by the reason. */
  notReady: (reason = '') => inOrder(failure.stoppedBeforeReady, reason),
  stopped: containing(words.server.stopped),
  pageReloaded: containing(words.page.crashed),
  graphicsOff: containing(words.page.graphicsOff),
  appUpdated: containing(words.page.restartToUse),
  suspended: containing(words.server.paused),
  silent: containing(words.server.notResponding),
  suspendedAtStartup: inOrder(failure.neverResponded, 'another program had suspended it'),
  dataInUse: inOrder(failure.dataInUse.title, failure.dataInUse.detail),
  dataInUseBy: (pid: number) => inOrder(failure.dataInUse.title, `PID ${pid})`),
  diskFull: containing(failure.diskFull.title),
  dataReadOnly: containing(failure.dataNotWritable.title),
  fileChanged: (name: string) => inOrder(failure.damaged, name, failure.flaws.changed),
  fileDamaged: (name: string) => inOrder(failure.damaged, name),
  databaseDamaged: containing(failure.databaseDamaged.title),
  newerData: containing(failure.databaseNewer.title),
  noWorkspace: containing(failure.noWorkFolder),
} as const;

/** Patterns of lines that the app writes to its log or its terminal. */
export const LOG = {
  pageGaveUp: /the server was away for too long/,
  continuesWithoutLog: /continues without it/,
  profileReadOnly: /can’t write to its own folder/,
  alreadyRunning: containing(words.startup.alreadyRunning),
  settingsDamaged: /settings\.json: It is damaged/,
  wrongSetting: /startLimitSeconds must be/,
  windowDamaged: /window\.json: It is damaged/,
  pipe: /It is a pipe\./,
  withoutAcceleration: /hardware acceleration is off, because of earlier crashes/,
  storageDamaged: /the page’s storage is damaged: MANIFEST-999999 is missing/,
  logLink: /main\.log: It is a link to .* It was renamed/,
  cleanedUpProcess: /a server has left descendants/,
  cleanedUpServer: /an earlier session has left its server/,
} as const;

function containing(text: string): RegExp {
  return new RegExp(literal(text));
}

function anyOf(...texts: string[]): RegExp {
  return new RegExp(texts.map(literal).join('|'));
}

function inOrder(...texts: string[]): RegExp {
  return new RegExp(texts.map(literal).join('[\\s\\S]*'));
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
