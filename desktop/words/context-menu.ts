/** Words of the menu that a right click opens. */
export const contextMenu = {
  openLink: 'Open Link',
  copyLink: 'Copy Link Address',
  copyMail: 'Copy Email Address',
  copyImage: 'Copy Image',
  saveImage: 'Save Image As…',
  copyImageAddress: 'Copy Image Address',
  search: (text: string) => `Search the Web for “${text}”`,
  addToDictionary: 'Add to Dictionary',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  pasteAndMatchStyle: 'Paste as Plain Text',
  selectAll: 'Select All',
} as const;
