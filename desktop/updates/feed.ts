import { basename } from 'node:path';
import {
  AppImageUpdater,
  type AppUpdater,
  DebUpdater,
  MacUpdater,
  NsisUpdater,
  RpmUpdater,
  type UpdateInfo,
} from 'electron-updater';
import { words } from '../words/en';
import { updateProblem } from './core/messages';
import type { UpdateOffer, UpdateProgress } from './core/offer';
import type { UpdateFormat } from './core/package-format';
import type { UpdateSource } from './core/source';
import type { NodeRequest, NodeResponse, openRequest } from './feed-request';
import { publisherCheck } from './publisher-check';
import { signedProvider } from './signed-provider';
import type { UpdateFeed } from './updater';

interface Options {
  source: UpdateSource;
  format: UpdateFormat;
  /** Runs from a clone, which has no packed configuration. */
  development: boolean;
  /** The date of the newest trusted manifest of a channel. */
  newestSeen(channel: string): string | undefined;
  markSeen(channel: string, releaseDate: string): void;
  /** Downloads a whole file, and resumes an interrupted download, see `download.ts`. */
  download(request: {
    url: string;
    destination: string;
    sha512: string;
    bytes: number;
    progress(progress: UpdateProgress): void;
  }): Promise<string>;
  /** Sends every other request: manifests, block maps, parts of a file, see `feed-request.ts`. */
  request(request: NodeRequest, onResponse: (response: NodeResponse) => void): ReturnType<typeof openRequest>;
  log(line: string): void;
}

export interface Downloaded {
  file: string;
  /** In base64, from the signed manifest. */
  sha512: string;
  version: string;
}

export interface Feed extends UpdateFeed {
  downloaded(): Downloaded | undefined;
  /** macOS only: quits the app. Squirrel replaces it, and relaunches it if `relaunch`. */
  quitAndInstall(relaunch: boolean): void;
}

/** Opens a feed of electron-updater, with our own signature check, addresses and downloads. */
export function openFeed(options: Options): Feed {
  let channel = 'latest';
  let found: UpdateInfo | undefined;
  let downloaded: Downloaded | undefined;

  const updateProvider = signedProvider({
    ...options,
    channel: () => channel,
    configure(executor) {
      executor.download = (url, destination, { sha512, onProgress }) =>
        options.download({
          url: url.href,
          destination,
          sha512: sha512 ?? '',
          bytes: found?.files.find(file => file.sha512 === sha512)?.size ?? 0,
          progress: progress => onProgress?.({ ...progress, delta: 0 }),
        });
      Object.assign(executor, { createRequest: options.request });
    },
  });
  const updater = createUpdater(options, updateProvider);

  return {
    async check(wanted) {
      channel = wanted === 'stable' ? 'latest' : wanted;
      const result = await updater.checkForUpdates().catch((error: unknown) => {
        throw new Error(updateProblem(error));
      });
      // `updateInfo` is always present, also when it is not newer or not meant for this machine.
      found = result?.isUpdateAvailable ? result.updateInfo : undefined;
      return found && { version: found.version, releaseNotes: notesOf(found) };
    },

    async download(progress) {
      const offer = found;
      if (offer === undefined) throw new Error(words.updateProblem.nothingNewer);
      const onProgress = ({ bytesPerSecond, percent, transferred, total }: Parameters<typeof progress>[0]) =>
        progress({ bytesPerSecond, percent, transferred, total });
      updater.on('download-progress', onProgress);
      try {
        const [file = ''] = await updater.downloadUpdate();
        const entry = offer.files.find(({ url }) => basename(file) === basename(decodeURIComponent(url)));
        downloaded = { file, sha512: entry?.sha512 ?? '', version: offer.version };
      } catch (error) {
        throw new Error(updateProblem(error));
      } finally {
        updater.off('download-progress', onProgress);
      }
    },

    downloaded: () => downloaded,
    quitAndInstall(relaunch) {
      updater.autoRunAppAfterInstall = relaunch; // the only option that electron-updater reads on macOS
      updater.quitAndInstall(true, relaunch);
    },
  };
}

function createUpdater(
  { source, format, development, log }: Options,
  updateProvider: ReturnType<typeof signedProvider>,
): AppUpdater {
  const updater: AppUpdater = new CLASSES[format]({ provider: 'custom', updateProvider });
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  updater.forceDevUpdateConfig = development;
  if (updater instanceof NsisUpdater) updater.verifyUpdateCodeSignature = publisherCheck({ page: source.page, log });
  updater.logger = {
    info: text => log(`update: ${firstLine(text)}`),
    warn: text => log(`update: ${firstLine(text)}`),
    error: text => log(`update: ${firstLine(text)}`),
  };
  // Without a listener Node.js would throw the error a second time: the failed call rejects with it, too.
  updater.on('error', () => {});
  return updater;
}

const CLASSES = {
  appimage: AppImageUpdater,
  deb: DebUpdater,
  rpm: RpmUpdater,
  nsis: NsisUpdater,
  mac: MacUpdater,
} as const;

function notesOf({ releaseNotes }: UpdateInfo): UpdateOffer['releaseNotes'] {
  if (!Array.isArray(releaseNotes)) return releaseNotes ?? null;
  return releaseNotes.map(({ version, note }) => ({ version, note: note ?? '' }));
}

function firstLine(text: unknown): string {
  return String(text).split('\n')[0] ?? '';
}
