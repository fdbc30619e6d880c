/** The words of the app's own pages beside CachiBot's, and of what it adds to CachiBot's page. */

import words from '../../desktop/cachibot_desktop/first_use/page/words.json';
import pageWordsFile from '../../desktop/cachibot_desktop/patches/page/words.json';

export const firstUseWords: Readonly<Record<keyof typeof words, string>> = words;
export const pageWords: Readonly<typeof pageWordsFile> = pageWordsFile;
