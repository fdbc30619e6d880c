import type { WebContents } from 'electron';
import { frameFacts } from './core/frame-facts';
import type { Gestures } from './core/gestures';
import {
  addressForLog,
  isPrinted,
  mayLoadInFrame,
  mayLoadInMainWindow,
  mayOpenPreview,
} from './core/navigation-policy';

interface Options {
  origin: string;
  /** Preload script of previews: it reports the links that the user clicks, and nothing else. */
  preloadFile: string;
  /** The gestures in the main window and its previews. Each may open one window or link. */
  gestures: Gestures;
  /** Content was not printed, for a reason that the system gives. */
  notPrinted(reason: string): void;
  log(line: string): void;
}

interface Navigation {
  url: string;
  preventDefault(): void;
}

/** Without a proxy, WebRTC sends no packet and learns no address of this machine. */
const WEBRTC = 'disable_non_proxied_udp';

/**
 * Restricts the main window to the app's own pages. A navigation, redirect, frame or popup never opens the browser,
 * because Electron does not report whether the user caused it. Only `external-links.ts` does, for a link that the user
 * clicked.
 */
export function guardNavigation(contents: WebContents, options: Options): void {
  const { origin, preloadFile, gestures, notPrinted, log } = options;
  contents.on('input-event', (_event, input) => gestures.record(input));
  contents.setWebRTCIPHandlingPolicy(WEBRTC);
  contents.setWindowOpenHandler(({ url }) => {
    if (!mayOpenPreview(url, origin)) {
      log(`window refused: ${addressForLog(url, origin)}`);
      return { action: 'deny' };
    }
    if (!gestures.use()) {
      log('window refused: the user has not clicked since the last one');
      return { action: 'deny' };
    }
    // Print and HTML preview: without the bridge, and without the token, because these are other web contents.
    return {
      action: 'allow',
      overrideBrowserWindowOptions: {
        autoHideMenuBar: true,
        webPreferences: {
          preload: preloadFile,
          sandbox: true,
          contextIsolation: true,
          nodeIntegration: false,
          nodeIntegrationInSubFrames: true, // as in the main window
        },
      },
    };
  });
  contents.on('did-create-window', (child, { url }) => {
    child.webContents.on('input-event', (_event, input) => gestures.record(input));
    blockNavigation(child.webContents, options);
    if (isPrinted(url, origin)) printContent(child.webContents, notPrinted);
  });

  const keepOrigin = (details: Navigation & { isMainFrame: boolean }) => {
    if (details.isMainFrame && !mayLoadInMainWindow(details.url, origin)) refuse(details, options);
  };
  contents.on('will-navigate', keepOrigin);
  contents.on('will-redirect', keepOrigin);
  contents.on('will-frame-navigate', details => {
    if (!details.isMainFrame && !mayLoadInFrame(details.url, origin, frameFacts(details.frame)?.url))
      refuse(details, options);
  });
}

/** Blocks every navigation and popup after the first page: for previews and for the shell's own pages. */
export function blockNavigation(contents: WebContents, options: Pick<Options, 'origin' | 'log'>): void {
  contents.setWebRTCIPHandlingPolicy(WEBRTC);
  contents.setWindowOpenHandler(({ url }) => {
    options.log(`window refused: ${addressForLog(url, options.origin)}`);
    return { action: 'deny' };
  });
  const block = (details: Navigation) => {
    // Opening a preview counts as its first navigation.
    if (!mayOpenPreview(details.url, options.origin)) refuse(details, options);
  };
  contents.on('will-frame-navigate', block);
  contents.on('will-redirect', block);
}

/** A JavaScript world of the shell's own in content, whose scripts cannot change what is in it. */
const OWN_WORLD = 1000;
const WAIT_UNTIL_LOADED = `new Promise(resolve => {
  if (document.readyState === 'complete') resolve();
  else addEventListener('load', () => resolve(), { once: true });
})`;

/** Prints a window when its content is drawn. Its sandbox forbids dialogs, so the content cannot do that itself. */
function printContent(contents: WebContents, notPrinted: Options['notPrinted']): void {
  const print = async () => {
    await contents.executeJavaScriptInIsolatedWorld(OWN_WORLD, [{ code: WAIT_UNTIL_LOADED }]);
    contents.print({}, (done, reason) => {
      if (!done) notPrinted(reason);
    });
  };
  // The empty page is ready first, and then replaces itself by its content: that is not a load of the window.
  contents.once('dom-ready', () =>
    contents.once('dom-ready', () => {
      void print().catch((error: Error) => {
        // The user has closed the window.
        if (!contents.isDestroyed()) notPrinted(error.message);
      });
    }),
  );
}

function refuse(details: Navigation, { origin, log }: Pick<Options, 'origin' | 'log'>): void {
  details.preventDefault();
  log(`navigation refused: ${addressForLog(details.url, origin)}`);
}
