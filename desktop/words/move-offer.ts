/** Words of the offer to move the app to the folder Applications, on macOS. */
export const moveOffer = {
  message: 'Move CachiBot to the Applications folder?',
  detail: {
    'read-only': 'CachiBot runs from a disk image or another disk that can’t be changed, where it can’t be updated.',
    translocated:
      'macOS runs a temporary copy of CachiBot, because it was downloaded and not moved. It can’t be updated there.',
  },
  move: 'Move to Applications',
  notNow: 'Not Now',
  failed: 'CachiBot couldn’t be moved. Quit it, and drag it to the Applications folder.',
} as const;
