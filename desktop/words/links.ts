/** Words of the dialogs about links that leave the app. */
export const links = {
  question: 'Open this address in your browser?',
  mailQuestion: 'Open this address in your mail program?',
  tooLong: (characters: number) =>
    `This address has ${characters} characters. That’s too long to show it here, so CachiBot doesn’t open it.`,
  open: 'Open',
  copy: 'Copy Address',
  cancel: 'Cancel',
  ok: 'OK',
  notOpened: 'This address couldn’t be opened, perhaps because there is no browser.',
  notOpenedMail: 'This address couldn’t be opened, perhaps because there is no mail program.',
  always: (site: string) => `Always open links to ${site}`,
  alwaysMail: 'Always open mail addresses',

  foreignLetters: (name: string) =>
    `⚠ The name in this address is ${name}. Letters of other alphabets can look like the letters of a name you know.`,
  userInfo: (host: string) => `⚠ The text before the “@” isn’t the site. This address leads to ${host}.`,
  privateNetwork: '⚠ This address is in your own network. Opening it can change settings of a device there.',
  attachment: '⚠ This address asks your mail program to attach a file.',
} as const;
