import { domainToUnicode } from 'node:url';
import { type MessageBoxOptions, type MessageBoxReturnValue, shell } from 'electron';
import type { SettingsStore } from '../settings/store';
import { copyText } from '../system/copy-text';
import { words } from '../words/en';
import { describeLink, type ExternalLink, opensAtOnce, questionFor } from './core/external-link';
import { createGestures, type Gestures } from './core/gestures';
import { addressForLog, judgeNavigation } from './core/navigation-policy';

interface Options {
  origin: string;
  settings: Pick<SettingsStore, 'get' | 'set'>;
  /** Shows a message above the window in which the user works. */
  show(options: MessageBoxOptions): Promise<MessageBoxReturnValue>;
  log(line: string): void;
}

export interface ExternalLinks {
  /** The gestures in the main window and its previews. */
  gestures: Gestures;
  /**
   * Opens a link that the user has clicked, as the preload script reports it, in the system's browser or mail program.
   * Asks first, unless the user has allowed its site. Throws a TypeError if it is not a string.
   */
  open(href: unknown): Promise<void>;
  /** Opens an address that the user has chosen in a menu of the shell. Asks first, as for a link that is clicked. */
  openChosen(address: string): Promise<void>;
  /** Opens one of the app's own addresses, without a question. */
  openOwn(address: string): Promise<void>;
}

/** Creates the only way in which content of the page can leave the app. */
export function createExternalLinks(options: Options): ExternalLinks {
  const { origin, settings, show, log } = options;
  const gestures = createGestures(() => performance.now());
  let isAsking = false;

  return {
    gestures,

    async open(href) {
      if (typeof href !== 'string') throw new TypeError('A link must be a string.');
      await openLink(href, () => gestures.use());
    },

    openChosen: address => openLink(address, () => true),

    openOwn: address => openInBrowser(address, addressForLog(address, origin), options),
  };

  async function openLink(href: string, isPermitted: () => boolean): Promise<void> {
    const address = addressForLog(href, origin);
    if (judgeNavigation(href, origin) !== 'browser') return log(`link refused: ${address}`);
    if (!isPermitted()) return log(`link refused: ${address}, because the click has opened something already`);
    if (isAsking) return log(`link refused: ${address}, because the user decides on another one`);
    const link = describeLink(href, domainToUnicode);
    if (!opensAtOnce(link, settings.get().allowedSites) && !(await isWanted(link)))
      return log(`link not opened: ${address}`);
    await openInBrowser(link.address, address, options);
  }

  /** Asks the user. Remembers the site, if the user says so. */
  async function isWanted(link: ExternalLink): Promise<boolean> {
    isAsking = true;
    try {
      const { response, checkboxChecked } = await show(dialogFor(link));
      const choice = buttonsFor(link)[response];
      if (choice === words.links.copy) copyText(link.address);
      if (choice !== words.links.open) return false;
      if (checkboxChecked && link.canBeAllowed) saveSites([...settings.get().allowedSites, link.site], options);
      return true;
    } finally {
      isAsking = false;
    }
  }
}

function saveSites(sites: readonly string[], { settings, log }: Options): void {
  try {
    settings.set('allowedSites', sites);
  } catch (error) {
    log(`the allowed sites could not be saved: ${(error as Error).message}`);
  }
}

/** Opens an address, of which the log gets only the name. Tells the user if the system has no program for it. */
async function openInBrowser(address: string, name: string, { show, log }: Options): Promise<void> {
  try {
    await shell.openExternal(address);
    return log(`link opened: ${name}`);
  } catch (error) {
    log(`${name} could not be opened: ${(error as Error).message}`);
  }
  const { notOpened, notOpenedMail, copy, ok } = words.links;
  const message = address.startsWith('mailto:') ? notOpenedMail : notOpened;
  const buttons = [ok, copy];
  const { response } = await show({ type: 'warning', message, detail: address, buttons, cancelId: 0, noLink: true });
  if (response === 1) copyText(address);
}

function buttonsFor({ isTooLong }: ExternalLink): string[] {
  const { open, copy, cancel } = words.links;
  return isTooLong ? [copy, cancel] : [open, copy, cancel];
}

function dialogFor(link: ExternalLink): MessageBoxOptions {
  const { message, detail, checkboxLabel } = questionFor(link);
  const buttons = buttonsFor(link);
  // Not Open: a second click or Enter that was meant for the page must not confirm.
  const last = buttons.length - 1;
  const checkbox = checkboxLabel === undefined ? {} : { checkboxLabel, checkboxChecked: false };
  return { type: 'question', message, detail, buttons, defaultId: last, cancelId: last, noLink: true, ...checkbox };
}
