/** Words about updates: the menu item, notifications, dialogs, and why something failed. */

import { workAsText } from './work';

const SIGN_IN_FIRST = 'Your network may want you to sign in first.';
const OFF = 'so updates are off.';
const DELETED = 'The download was deleted.';
const downloadAgain = (page: string) => `${DELETED} Try again, or get CachiBot from ${page}`;

export const updates = {
  check: 'Check for Updates…',
  checking: 'Checking for Updates…',
  download: (version: string) => `Download CachiBot ${version}`,
  downloading: (version: string) => `Downloading CachiBot ${version}…`,
  restart: (version: string) => `Restart to Update to ${version}…`,
  installing: (version: string) => `Installing CachiBot ${version}…`,

  available: (version: string) => `CachiBot ${version} is available`,
  clickToDownload: 'Click to download it, or do it later in Settings.',
  ready: (version: string) => `CachiBot ${version} is ready`,
  clickToRestart: 'Click to restart and update, or do it later in Settings.',
  versionNotInstalled: (version: string) => `CachiBot ${version} wasn’t installed`,
  stillOnThisVersion: 'You’re still on this version, and your data is unchanged. You can try again in Settings.',

  checkFailed: 'Couldn’t check for updates',
  upToDate: 'CachiBot is up to date',
  thisVersion: (version: string) => `This is version ${version}.`,
  downloadFailed: 'Couldn’t download the update',
  notInstalled: 'The update wasn’t installed',
  ok: 'OK',

  restartQuestion: (version: string) => `Restart now to update to CachiBot ${version}?`,
  dataBackedUpFirst: 'Your data is backed up first.',
  activityUnknown: 'CachiBot can’t tell whether the server is busy. Anything it’s working on will stop.',
  workStops: (jobs: number, answers: number) =>
    `The server is working on ${workAsText(jobs, answers)}. Restarting now will stop this work.`,
  restartNow: 'Restart Now',
  later: 'Later',

  rollBackQuestion: (version: string) => `Go back to CachiBot ${version}?`,
  notStarted: (version: string) => `CachiBot ${version} didn’t start. It won’t be installed again unless you ask.`,
  restoreData: 'Restore your data as it was before the update',
  rollBack: 'Go Back',
  cancel: 'Cancel',
  rollBackFailed: (version: string) => `Couldn’t go back to CachiBot ${version}`,
  dataRestored: (version: string, file: string) =>
    `Your data is as it was before the update. The data of version ${version} was kept as ${file}.`,
  busy: 'CachiBot is busy with something else.',
  cannotReplaceItself: 'This copy of CachiBot can’t replace itself.',
} as const;

/** Why an update failed. */
export const updateProblem = {
  diskFull: 'The disk is full. Free up some space, then try again.',
  notAllowed: (reason: string) => `The system doesn’t allow it (${reason}).`,
  damaged: 'The download is damaged: it isn’t the file that the signed manifest names. It was deleted.',
  changed: 'The downloaded update is missing or has changed. Download it again.',
  otherPublisher: (signer: string, page: string) =>
    `The update is signed by “${signer}”, which isn’t CachiBot’s publisher. ${DELETED} Get CachiBot from ${page}`,
  signatureInvalid: (status: string, page: string) =>
    `Windows doesn’t accept the update’s signature (${status}). ${downloadAgain(page)}`,
  publisherUnknown: (page: string) => `Windows couldn’t check who signed the update. ${downloadAgain(page)}`,
  redirected: `The update server redirected to an address CachiBot doesn’t trust. ${SIGN_IN_FIRST}`,
  notSigned: `The update server’s response isn’t signed by CachiBot. ${SIGN_IN_FIRST}`,
  nothingForSystem: 'The update server has nothing for this system (404).',
  serverProblem: (status: number) => `The update server has a problem (${status}).`,
  unreachable: (reason: string) => `Couldn’t reach the update server (${reason}).`,
  responded: (status: number) => `The update server responded with ${status}.`,
  respondedToRange: (status: number) => `The update server responded with ${status} to a request for part of a file.`,
  tooManyBytes: (expected: number) => `The update server sent more than the expected ${expected} bytes.`,
  connectionLost: 'The connection to the update server was lost.',

  noVersion: 'The update manifest has no version.',
  noDate: 'The update manifest has no date.',
  olderThanSeen: (date: string) =>
    `The update manifest is dated ${date}, which is older than one seen before. Someone may be holding back updates.`,
  foreignFile: (address: string) => `The update manifest names ${address}, which isn’t on the update server.`,

  noSource: `This build of CachiBot has no update server, ${OFF}`,
  unsafeSource: `This build of CachiBot has no safe address to get updates from, ${OFF}`,
  noKey: `This build of CachiBot has no key to verify updates with, ${OFF}`,
  unpackedByHand: (page: string) =>
    `This copy of CachiBot was unpacked by hand and can’t replace itself. Newer versions: ${page}`,

  nothingNewer: 'There is no newer version to download.',
  nothingDownloaded: 'No update has been downloaded yet.',
  withdrawn: (version: string) => `CachiBot ${version} is no longer offered.`,
  otherChannel: 'The download was for the channel you left.',

  nothingChanged: (problem: string) => `Nothing was changed. ${problem}`,
  stillOnOldVersion: (problem: string) => `You’re still on the old version. ${problem}`,
  serverNotStoppable: (pid: number) => `The server can’t be stopped (process ${pid}), so nothing was installed.`,
  portTaken: 'Another program took the server’s port, so nothing was installed.',

  noPasswordPrompt: (command: string) => `This system can’t ask for a password here. In a terminal, run: ${command}`,
  notPermitted: 'You didn’t allow the installation.',
  notPermittedHere: (command: string) => `The installation wasn’t allowed. In a terminal, run: ${command}`,
  installerFailed: (code: number | null, lastLine: string) =>
    `The system’s installer failed with code ${code}: ${lastLine}`,
  notReplaceable: {
    'read-only':
      'CachiBot runs from a disk image or another disk that can’t be changed, so it can’t be updated there. Quit it, drag it to the Applications folder, and open it from there.',
    translocated:
      'macOS runs a temporary copy of CachiBot, which can’t be updated. Quit it, drag it to the Applications folder, and open it from there.',
  },
  notTakenOver: 'macOS didn’t take over the update in time.',
} as const;
