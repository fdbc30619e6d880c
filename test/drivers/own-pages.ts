/** The shell's own pages, each with content, in a window of its own. */

import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import type { Events } from '../../desktop/ipc/core/contract';
import { defaults } from '../../desktop/settings/core/settings';
import { ABOUT_TARGETS, type About, namedVersions } from '../../desktop/window/core/about';
import { failedNotice, runningNotice, savedNotice } from '../../desktop/window/core/downloads';
import type { Overlay, Screen } from '../../desktop/window/core/screen';
import { type SettingsView, settingsView } from '../../desktop/window/core/settings-view';
import { shortcutList } from '../../desktop/window/core/shortcut-list';
import { words } from '../../desktop/words/en';
import { pageAt } from './electron-app';

const SLOW: Screen = {
  kind: 'splash',
  text: words.splash.stillLoading(644),
  note: words.splash.stoppedServer,
  slow: true,
};
const FAILURE: Screen = {
  kind: 'failure',
  ...words.failure.diskFull,
  lines: ['OSError: [Errno 28] No space left on device'],
  rollBack: words.rollBack.goBackTo('1.2.3'),
};
const HANGS: Overlay = {
  title: words.server.notResponding,
  text: words.server.notRespondingFor(25),
  busy: true,
  choices: ['wait', 'restart', 'logs'],
};
const NOTICE: Overlay = {
  title: words.page.crashed,
  text: words.page.draftRestored,
  busy: false,
  choices: ['dismiss'],
};
const ABOUT: About = {
  versions: namedVersions({
    app: '0.1.0',
    server: '0.3.0',
    python: '3.12.12',
    electron: '45.5.0',
    chromium: '156.0.7924.20',
    node: '24.14.0',
    system: 'linux 6.12.0, x64',
  }),
  targets: ABOUT_TARGETS,
};
const SETTINGS: SettingsView = settingsView({
  settings: {
    ...defaults(),
    spellingLanguages: ['en-GB'],
    allowedSites: ['https://docs.python.org', 'mailto:'],
    proxy: 'http://proxy.example:8080',
    openV1: true,
  },
  atStart: { server: defaults(), app: defaults() },
  serverReady: true,
  startAtLogin: true,
  startNeedsApproval: false,
  languages: ['de', 'en-GB', 'fr'],
  hasLoginShell: true,
  hasDock: false,
  version: '0.1.0',
  update: { label: words.updates.check, click: true },
  folders: { data: '/home/ada/.cachibot', workspace: '/home/ada/CachiBot' },
});

/** An event that the shell sends to its pages. */
type Sent = {
  [Name in keyof Events]: { name: Name; value: Events[Name] };
}['screen' | 'overlay' | 'find' | 'settings' | 'about' | 'shortcuts' | 'download'];

export interface OwnPage {
  name: string;
  /** The page's file, with its query. */
  page: string;
  size: [width: number, height: number];
  /** An event that the shell sends to it. */
  event?: Sent;
  /** ID of the element that has the focus. */
  focus: string;
  /** Rules of axe-core that are for whole pages. */
  except?: string[];
}

const BAR = '?title-bar';
/** For a bar, which is a part of the page below it. */
const PART = ['landmark-one-main', 'page-has-heading-one'];

export const OWN_PAGES: readonly OwnPage[] = [
  { name: 'splash', page: `splash.html${BAR}`, size: [900, 600], focus: '' },
  { name: 'splash-slow', page: 'splash.html', size: [720, 520], event: { name: 'screen', value: SLOW }, focus: '' },
  {
    name: 'failure',
    page: 'failure.html',
    size: [780, 560],
    event: { name: 'screen', value: FAILURE },
    focus: 'retry',
  },
  {
    name: 'overlay',
    page: `overlay.html${BAR}`,
    size: [900, 600],
    event: { name: 'overlay', value: HANGS },
    focus: 'dialog',
  },
  {
    name: 'notice',
    page: 'overlay.html',
    size: [720, 520],
    event: { name: 'overlay', value: NOTICE },
    focus: 'dialog',
  },
  {
    name: 'find',
    page: 'find.html',
    size: [400, 56],
    event: { name: 'find', value: { text: 'needle' } },
    focus: 'text',
    except: PART,
  },
  {
    name: 'download-running',
    page: 'download.html',
    size: [420, 124],
    event: { name: 'download', value: runningNotice('report.pdf', { received: 40, total: 100 }) },
    focus: '',
    except: PART,
  },
  {
    name: 'download-saved',
    page: 'download.html',
    size: [420, 124],
    event: { name: 'download', value: savedNotice(`${'a long name '.repeat(12)}.pdf`) },
    focus: '',
    except: PART,
  },
  {
    name: 'download-failed',
    page: 'download.html',
    size: [420, 124],
    event: { name: 'download', value: failedNotice('report.pdf', 'ENOSPC') },
    focus: '',
    except: PART,
  },
  {
    name: 'settings',
    page: 'settings.html',
    size: [720, 680],
    event: { name: 'settings', value: SETTINGS },
    focus: 'startAtLogin',
  },
  { name: 'about', page: 'about.html', size: [460, 610], event: { name: 'about', value: ABOUT }, focus: 'close' },
  {
    name: 'shortcuts',
    page: 'shortcuts.html',
    size: [560, 640],
    event: { name: 'shortcuts', value: shortcutList(false) },
    focus: 'close',
  },
  { name: 'password-new', page: 'password.html?encrypt', size: [460, 364], focus: 'first' },
  { name: 'password', page: 'password.html?open', size: [460, 240], focus: 'first' },
];

/** Opens a page of the shell in a window of its own, as its window or view does. */
export async function openOwnPage(app: ElectronApplication, { page, size, event }: OwnPage): Promise<Page> {
  const [width, height] = size;
  const url = `app://shell/${page}`;
  const preload = join(__dirname, '../../out/preload.js');
  await app.evaluate(
    async ({ BrowserWindow }, { url, width, height, preload, event }) => {
      const webPreferences = { preload, sandbox: true };
      const window = new BrowserWindow({ width, height, frame: false, useContentSize: true, webPreferences });
      await window.loadURL(url);
      if (event) window.webContents.send(event.name, event.value);
    },
    { url, width, height, preload, event },
  );
  return pageAt(app, url);
}
