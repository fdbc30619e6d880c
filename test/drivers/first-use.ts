/** The words of the app's own pages beside CachiBot's. */

import words from '../../desktop/cachibot_desktop/first_use/page/words.json';

export const firstUseWords: Readonly<Record<keyof typeof words, string>> = words;
