import { type MessageBoxOptions, type Session, session } from 'electron';
import { followProxySetting } from '../settings/session-proxy';
import type { SettingsStore } from '../settings/store';
import { languageName } from '../window/core/settings-view';
import { words } from '../words/en';

interface Options {
  /** The session of CachiBot's page. */
  appSession: Session;
  settings: SettingsStore;
  /** Shows a message above the window in which the user works. */
  show(options: MessageBoxOptions): Promise<unknown>;
  log(line: string): void;
}

export interface Spelling {
  /** Checks the spelling in these languages from now on, in none without any. */
  check(languages: readonly string[]): void;
}

/**
 * The session that downloads dictionaries: that of the page reaches nothing but this machine. All sessions keep their
 * dictionaries in one folder of the profile.
 */
const DOWNLOADS = 'dictionaries';

/**
 * Creates the spell checker of the page. Chromium downloads the dictionary of a language that has none yet, from
 * `redirector.gvt1.com`; nothing is downloaded before a language is chosen.
 */
export function createSpelling({ appSession, settings, show, log }: Options): Spelling {
  /** The languages that are chosen and have no dictionary yet. */
  let missing = new Set<string>();
  let loaded = new Set<string>();
  /** The languages of the last check; undefined before the first, at the start. */
  let before: readonly string[] | undefined;
  /** The languages that the user has chosen in this session, and waits for. */
  const chosen = new Set<string>();
  let downloads: { session: Session; proxyApplied(): Promise<void> } | undefined;

  return {
    check(languages) {
      for (const language of languages) if (before?.includes(language) === false) chosen.add(language);
      before = languages;
      const known = new Set(languages.filter(language => appSession.availableSpellCheckerLanguages.includes(language)));
      for (const language of languages) if (!known.has(language)) log(`there is no dictionary for ${language}`);
      loaded = new Set([...loaded].filter(language => known.has(language)));
      missing = new Set([...known].filter(language => !loaded.has(language)));
      use(appSession, loaded);
      if (missing.size > 0) downloads ??= openDownloads();
      void downloads?.proxyApplied().then(() => downloads && use(downloads.session, missing));
    },
  };

  function openDownloads() {
    const opened = session.fromPartition(DOWNLOADS);
    opened.on('spellcheck-dictionary-initialized', (_event, language) => {
      if (!missing.delete(language)) return;
      loaded.add(language);
      use(appSession, loaded);
      use(opened, missing);
    });
    opened.on('spellcheck-dictionary-download-begin', (_event, language) =>
      log(`downloading a dictionary: ${language}`),
    );
    opened.on('spellcheck-dictionary-download-failure', (_event, language) => {
      // The next start tries again.
      log(`the dictionary was not downloaded: ${language}`);
      missing.delete(language);
      if (!chosen.delete(language)) return;
      const { dictionaryFailed, dictionaryLater } = words.settings;
      void show({ type: 'warning', message: dictionaryFailed(languageName(language)), detail: dictionaryLater });
    });
    return { session: opened, proxyApplied: followProxySetting(opened, settings, log) };
  }
}

function use(target: Session, languages: ReadonlySet<string>): void {
  target.setSpellCheckerLanguages([...languages]);
  target.setSpellCheckerEnabled(languages.size > 0);
}
