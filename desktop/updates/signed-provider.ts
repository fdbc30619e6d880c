import { createPublicKey, verify } from 'node:crypto';
import { Provider, type ResolvedUpdateFileInfo, type UpdateInfo } from 'electron-updater';
import { type ProviderRuntimeOptions, parseUpdateInfo, resolveFiles } from 'electron-updater/out/providers/Provider';
import { words } from '../words/en';
import { type Manifest, objectionTo, readSignatures, signedText } from './core/manifest-signature';
import { isOfFeed, type UpdateSource } from './core/source';

interface Options {
  source: UpdateSource;
  /** The channel's name in electron-updater: `latest` is the stable channel. */
  channel(): string;
  /** The date of the newest trusted manifest of a channel. */
  newestSeen(channel: string): string | undefined;
  markSeen(channel: string, releaseDate: string): void;
  /** Replaces the functions with which electron-updater downloads and sends requests. */
  configure(executor: ProviderRuntimeOptions['executor']): void;
}

/** Creates a provider for electron-updater. It fetches a manifest once, so that the bytes it parses are those it verified. */
export function signedProvider({ source, channel, newestSeen, markSeen, configure }: Options) {
  return class SignedProvider extends Provider<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
      super({ ...runtime, isUseMultipleRangeRequest: source.multiRange });
      configure(runtime.executor);
    }

    /** Sends no headers: they would identify this machine by the number that decides on a staged rollout. */
    override setRequestHeaders(): void {}

    async getLatestVersion(): Promise<UpdateInfo> {
      const wanted = channel();
      const name = `${wanted === 'latest' ? this.getDefaultChannelName() : this.getCustomChannelName(wanted)}.yml`;
      const url = new URL(name, source.feed);
      const [manifest, signatures] = await Promise.all([
        this.httpRequest(url),
        this.httpRequest(new URL(`${name}.sig`, source.feed)),
      ]);
      if (manifest === null || signatures === null || !isSigned(name, manifest, signatures, source.keys))
        throw new Error(words.updateProblem.notSigned);
      const info = withPlainDate(parseUpdateInfo(manifest, name, url));
      const objection = objectionTo(info as Partial<Manifest>, newestSeen(channel()));
      if (objection !== undefined) throw new Error(objection);
      markSeen(channel(), info.releaseDate);
      return info;
    }

    resolveFiles(info: UpdateInfo): ResolvedUpdateFileInfo[] {
      const files = resolveFiles(info, new URL(source.feed));
      const foreign = files.find(({ url, info }) => !isOfFeed(url.href, source) || info.sha512 === undefined);
      if (foreign) throw new Error(words.updateProblem.foreignFile(foreign.url.href));
      return files;
    }
  };
}

function isSigned(name: string, manifest: string, signatures: string, keys: readonly string[]): boolean {
  const text = Buffer.from(signedText(name, manifest));
  return readSignatures(signatures).some(({ key, signature }) => {
    if (!keys.includes(key)) return false;
    const x = Buffer.from(key, 'base64').toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, text, publicKey, Buffer.from(signature, 'base64'));
  });
}

/** Converts the date to text: YAML parses a date without quotes into a `Date`. */
function withPlainDate(info: UpdateInfo | null): UpdateInfo {
  const date: unknown = info?.releaseDate;
  return { ...(info ?? ({} as UpdateInfo)), ...(date instanceof Date ? { releaseDate: date.toISOString() } : {}) };
}
