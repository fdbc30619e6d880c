/** Words of the dialog and the notice of a download. */
export const downloads = {
  saveTitle: 'Save File',
  fallbackName: 'download',
  saving: (name: string) => `Saving ${name}…`,
  saved: (name: string) => `Saved ${name}.`,
  notSaved: (name: string, reason: string) => `Couldn’t save ${name}. ${reason}`,
  refused: 'CachiBot doesn’t download files from other sites. Open the link in your browser instead.',
  diskFull: 'The disk is full. Free up some space, then try again.',
  notAllowed: 'You aren’t allowed to write to that folder. Choose another one.',
  folderGone: 'That folder doesn’t exist anymore. Choose another one.',
  diskSilent: 'The disk isn’t responding. Check that it’s connected, or choose another folder.',
  interrupted: 'The download was interrupted. Try again.',
} as const;
