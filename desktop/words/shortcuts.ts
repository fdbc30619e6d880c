/** Words of the window that lists the keys. */
export const shortcuts = {
  title: 'Keyboard Shortcuts',
  groups: { chat: 'Chats', page: 'Page', find: 'Find', zoom: 'Zoom', edit: 'Text', app: 'App' },
  send: 'Send the message',
  newLine: 'New line in the message',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  pasteAsPlainText: 'Paste as plain text',
  selectAll: 'Select all',
  menu: 'Open the menu',
  fullScreen: 'Full screen',
  closeWindow: 'Close the window',
  quit: 'Quit',
} as const;
