/** The functions that our scripts define for the patches of the page; page_scripts.py creates the object. */
interface Window {
  electronAPI: import('../../../ipc/core/contract').ElectronApi;
  cachibotDesktop: {
    words: Readonly<typeof import('./words.json')>;
    isExpired?(token: string): boolean;
    togglePalette?(entries: { label: string; note?: string; run(): void }[]): void;
    forgetSaves?(): void;
    reportAnswer?(chats: object, chat: string): void;
    reportFrame?(chats: object, frame: object): void;
    saveNow?(): void;
    complain?(text: string): void;
    inform?(text: string): void;
    stopAnswers?(chats?: string[]): void;
    isConnected?(): boolean;
    sendInChat?(content: string, options: { chatId: string }): void;
    sendWaiting?(): void;
    withdrawMessages?(matches: (place: string) => boolean): void;
    holdMessage?(upload: (place: string | undefined) => Promise<boolean>): Promise<void>;
    addToMessage?(add: () => void): void;
    addToWaiting?(place: string | undefined, change: (text: string) => string): boolean;
    keepDraft?(place: string, text: string): void;
    draftChanged?(place: string, text: string): void;
    forgetDraft?(id: string): void;
    setApproval?(request: object | null, showInDialog: (request: object | null) => void): void;
    forgetApprovals?(chat: string): void;
    readApi?(path: string): Promise<unknown>;
    goTo?(path: string): void;
    showReminder?(reminder: DueReminder, chats: ChatStore, to: PageSocket): void;
    forgetReminders?(bot?: string): void;
    visibleBots?(
      send: (path: string) => Promise<unknown>,
      shown: readonly { id: string }[],
    ): Promise<readonly { bot: object; isOwn: boolean }[]>;
  };
}

/** A reminder or scheduled message that the user has not seen (gateway/reminders.py). */
interface DueReminder {
  id: string;
  botId: string;
  chatId?: string;
  content: string;
  dueAt: string;
}

/** The parts of the page's store of chats that our scripts use. */
interface ChatStore {
  getState(): {
    chats: { id: string }[];
    messages: Record<string, { id: string }[]>;
    activeChatId: string | null;
    addMessage(chat: string, message: object): void;
  };
}

interface PageSocket {
  send(type: string, payload: object): void;
}
