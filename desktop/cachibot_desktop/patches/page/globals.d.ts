/** The functions that our scripts define for the patches of the page; page_scripts.py creates the object. */
interface Window {
  cachibotDesktop: {
    words: Readonly<typeof import('./words.json')>;
    forgetSaves?(): void;
    saveNow?(): void;
    stopAnswers?(chats?: string[]): void;
    ownBots?(send: (path: string) => Promise<unknown>, shown: readonly { id: string }[]): Promise<object[]>;
  };
}
