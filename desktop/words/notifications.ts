/** Titles of notifications about chats and jobs. */
export const notifications = {
  answer: 'New answer',
  reminder: 'CachiBot',
  question: 'CachiBot needs your permission',
  jobFinished: 'Job finished',
  jobFailed: 'Job failed',
  /** Describes the dot on the taskbar. */
  unread: (count: number) => (count === 1 ? '1 notification' : `${count} notifications`),
  message: (platform: string) => `New message from ${platform}`,
} as const;
