import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BrowserWindow, WebContents } from 'electron';
import { copyText } from '../system/copy-text';
import { words } from '../words/en';
import {
  ABOUT_TARGETS,
  type About,
  type AboutTarget,
  aboutAsText,
  isAboutTarget,
  namedVersions,
  pythonVersionIn,
  WEBSITES,
} from './core/about';
import { openFile } from './dialogs';
import { send } from './send';
import { closeOnEscape, createShellWindow, type ShellWindowOptions } from './shell-window';

interface Options extends ShellWindowOptions {
  /** The version of the app as the user reads it. */
  version: string;
  /** The version of the server; undefined until it is known. */
  serverVersion(): string | undefined;
  /** Name, version and architecture of the system. */
  system: string;
  /** The folder of the app's code, in which a clone has its licence. */
  appPath: string;
  /** Opens one of the app's own addresses in the browser. */
  openOwn(address: string): Promise<void>;
}

const SIZE = { width: 460, height: 610 };

/** The window that shows what the app consists of, with all licences. */
export class AboutWindow {
  #window: BrowserWindow | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get contents(): WebContents | undefined {
    return this.#window?.webContents;
  }

  /** Opens the window above another one, or brings it to the front. */
  open(parent: BrowserWindow | undefined): void {
    if (this.#window) return this.#window.focus();
    const layout = {
      ...SIZE,
      ...(parent === undefined ? {} : { parent }),
      useContentSize: true,
      resizable: false,
      minimizable: false,
      maximizable: false,
      fullscreenable: false,
      title: words.about.title,
    };
    const window = createShellWindow('about', layout, this.#options, () => send(window, 'about', this.#about()));
    this.#window = window;
    closeOnEscape(window);
    window.on('closed', () => {
      this.#window = undefined;
    });
  }

  close(): void {
    this.#window?.close();
  }

  copy(): void {
    copyText(aboutAsText(this.#about().versions));
  }

  /** Opens a website or a file. Ignores values that the window does not show. */
  async openTarget(target: unknown): Promise<void> {
    const { openOwn, log } = this.#options;
    if (!isAboutTarget(target) || !this.#about().targets.includes(target)) return;
    if (target === 'website' || target === 'source') return openOwn(WEBSITES[target]);
    await openFile(this.#fileOf(target) ?? '', log);
  }

  #about(): About {
    const { version: app, serverVersion, system } = this.#options;
    const { electron = '', chrome: chromium = '', node } = process.versions;
    const versions = { app, server: serverVersion(), python: this.#pythonVersion(), electron, chromium, node, system };
    const isShown = (target: AboutTarget) =>
      target === 'website' || target === 'source' || this.#fileOf(target) !== undefined;
    return { versions: namedVersions(versions), targets: ABOUT_TARGETS.filter(isShown) };
  }

  #pythonVersion(): string | undefined {
    const file = this.#fileOf('serverLicences');
    return file === undefined ? undefined : pythonVersionIn(readFileSync(file, 'utf8'));
  }

  /** Returns the file of a licence in an installed app, or in a clone; undefined if it is missing. */
  #fileOf(target: Exclude<AboutTarget, keyof typeof WEBSITES>): string | undefined {
    const { resourcesPath } = process;
    // Electron's files are beside the program, on macOS in the resources of a clone's Electron only.
    const program = dirname(process.execPath);
    const places: { readonly [Name in typeof target]: readonly string[] } = {
      licence: [join(resourcesPath, 'papers', 'LICENCE.txt'), join(this.#options.appPath, 'LICENSE')],
      shellLicences: [join(resourcesPath, 'papers', 'THIRD-PARTY-LICENCES.txt')],
      serverLicences: [join(resourcesPath, 'backend', 'THIRD-PARTY-LICENCES.txt')],
      electronLicence: [join(program, 'LICENSE.electron.txt'), join(program, 'LICENSE')],
      chromiumLicences: [join(program, 'LICENSES.chromium.html')],
    };
    return places[target].find(file => existsSync(file));
  }
}
