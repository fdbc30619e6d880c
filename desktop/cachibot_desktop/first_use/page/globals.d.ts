/** Constants of `/desktop/words.js`, which the server makes (first_use/pages.py). */
declare const cachibotWords: Readonly<typeof import('./words.json')>;
declare const cachibotServices: readonly { provider: string; name: string }[];
