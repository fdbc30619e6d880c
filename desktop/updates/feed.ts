import { createPublicKey, verify } from 'node:crypto';
import { basename } from 'node:path';
import {
  AppImageUpdater,
  type AppUpdater,
  DebUpdater,
  MacUpdater,
  NsisUpdater,
  Provider,
  type ResolvedUpdateFileInfo,
  RpmUpdater,
  type UpdateInfo,
} from 'electron-updater';
import { type ProviderRuntimeOptions, parseUpdateInfo, resolveFiles } from 'electron-updater/out/providers/Provider';
import { type Manifest, objectionTo, readSignatures, signedText } from './core/manifest-signature';
import { NOT_SIGNED, updateProblem } from './core/messages';
import type { UpdateOffer, UpdateProgress } from './core/offer';
import type { UpdateFormat } from './core/package-format';
import { isOfFeed, type UpdateSource } from './core/source';
import type { Answer, Asked, openRequest } from './download';
import type { UpdateFeed } from './updater';

interface Options {
  source: UpdateSource;
  format: UpdateFormat;
  /** In a clone there is no packed configuration. */
  development: boolean;
  /** The date of the newest manifest that was ever believed, for each channel. */
  newestSeen(channel: string): string | undefined;
  remember(channel: string, releaseDate: string): void;
  /** Fetches a whole file, going on where an earlier try broke off, see `download.ts`. */
  fetch(wish: {
    url: string;
    destination: string;
    sha512: string;
    bytes: number;
    progress(progress: UpdateProgress): void;
  }): Promise<string>;
  /** For everything else: manifests, block maps, parts of a file. */
  request(asked: Asked, answered: (answer: Answer) => void): ReturnType<typeof openRequest>;
  log(line: string): void;
}

export interface Downloaded {
  file: string;
  /** In base64, out of the signed manifest. */
  sha512: string;
  version: string;
}

export interface Feed extends UpdateFeed {
  downloaded(): Downloaded | undefined;
  /** Windows and macOS: hands over to the installer, which waits for this process to end. */
  handOver(again: boolean): void;
}

/** Updates by electron-updater, which is told whom to believe, where to ask and how to fetch. */
export function openFeed(options: Options): Feed {
  const { source, log } = options;
  let channel = 'latest';
  let found: UpdateInfo | undefined;
  let downloaded: Downloaded | undefined;

  /** Fetches a manifest once, verifies those bytes, and has those bytes read. */
  class SignedProvider extends Provider<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
      super({ ...runtime, isUseMultipleRangeRequest: source.multiRange });
      const { executor } = runtime;
      executor.download = (url, destination, { sha512, onProgress }) =>
        options.fetch({
          url: url.href,
          destination,
          sha512: sha512 ?? '',
          bytes: found?.files.find(file => file.sha512 === sha512)?.size ?? 0,
          progress: progress => onProgress?.({ ...progress, delta: 0 }),
        });
      Object.assign(executor, { createRequest: options.request });
    }

    /** Would tell the feed which machine asks. The number that decides on a staged rollout stays here. */
    override setRequestHeaders(): void {}

    async getLatestVersion(): Promise<UpdateInfo> {
      const name = `${channel === 'latest' ? this.getDefaultChannelName() : this.getCustomChannelName(channel)}.yml`;
      const url = new URL(name, source.feed);
      const [manifest, signatures] = await Promise.all([
        this.httpRequest(url),
        this.httpRequest(new URL(`${name}.sig`, source.feed)),
      ]);
      if (manifest === null || signatures === null || !isSigned(name, manifest, signatures, source.keys))
        throw new Error(NOT_SIGNED);
      const info = withPlainDate(parseUpdateInfo(manifest, name, url));
      const objection = objectionTo(info as Partial<Manifest>, options.newestSeen(channel));
      if (objection !== undefined) throw new Error(objection);
      options.remember(channel, info.releaseDate);
      return info;
    }

    resolveFiles(info: UpdateInfo): ResolvedUpdateFileInfo[] {
      const files = resolveFiles(info, new URL(source.feed));
      const foreign = files.find(({ url, info }) => !isOfFeed(url.href, source) || info.sha512 === undefined);
      if (foreign) throw new Error(`The update manifest names ${foreign.url.href}, which is not of the update feed.`);
      return files;
    }
  }

  const updater: AppUpdater = new CLASSES[options.format]({ provider: 'custom', updateProvider: SignedProvider });
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  updater.forceDevUpdateConfig = options.development;
  updater.logger = {
    info: text => log(`update: ${firstLine(text)}`),
    warn: text => log(`update: ${firstLine(text)}`),
    error: text => log(`update: ${firstLine(text)}`),
  };
  // What goes wrong is thrown as well, where somebody waits for it.
  updater.on('error', () => {});

  return {
    async check(wanted) {
      channel = wanted === 'stable' ? 'latest' : wanted;
      const result = await updater.checkForUpdates().catch((error: unknown) => {
        throw new Error(updateProblem(error));
      });
      // `updateInfo` is there in any case, and says nothing about whether it is newer or meant for this machine.
      found = result?.isUpdateAvailable ? result.updateInfo : undefined;
      return found && { version: found.version, releaseNotes: notesOf(found) };
    },

    async download(progress) {
      const offer = found;
      if (offer === undefined) throw new Error('Nothing to download was found yet.');
      const tell = ({ bytesPerSecond, percent, transferred, total }: Parameters<typeof progress>[0]) =>
        progress({ bytesPerSecond, percent, transferred, total });
      updater.on('download-progress', tell);
      try {
        const [file = ''] = await updater.downloadUpdate();
        const entry = offer.files.find(({ url }) => basename(file) === basename(decodeURIComponent(url)));
        downloaded = { file, sha512: entry?.sha512 ?? '', version: offer.version };
      } catch (error) {
        throw new Error(updateProblem(error));
      } finally {
        updater.off('download-progress', tell);
      }
    },

    downloaded: () => downloaded,
    handOver(again) {
      updater.autoRunAppAfterInstall = again; // macOS asks nothing else
      updater.quitAndInstall(true, again);
    },
  };
}

const CLASSES = {
  appimage: AppImageUpdater,
  deb: DebUpdater,
  rpm: RpmUpdater,
  nsis: NsisUpdater,
  mac: MacUpdater,
} as const;

function isSigned(name: string, manifest: string, signatures: string, keys: readonly string[]): boolean {
  const text = Buffer.from(signedText(name, manifest));
  return readSignatures(signatures).some(({ key, signature }) => {
    if (!keys.includes(key)) return false;
    const x = Buffer.from(key, 'base64').toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, text, publicKey, Buffer.from(signature, 'base64'));
  });
}

/** A date that stands without quotes is read as one. */
function withPlainDate(info: UpdateInfo | null): UpdateInfo {
  const date: unknown = info?.releaseDate;
  return { ...(info ?? ({} as UpdateInfo)), ...(date instanceof Date ? { releaseDate: date.toISOString() } : {}) };
}

function notesOf({ releaseNotes }: UpdateInfo): UpdateOffer['releaseNotes'] {
  if (!Array.isArray(releaseNotes)) return releaseNotes ?? null;
  return releaseNotes.map(({ version, note }) => ({ version, note: note ?? '' }));
}

function firstLine(text: unknown): string {
  return String(text).split('\n')[0] ?? '';
}
