import { createPublicKey, verify } from 'node:crypto';
import { Provider, type ResolvedUpdateFileInfo, type UpdateInfo } from 'electron-updater';
import { type ProviderRuntimeOptions, parseUpdateInfo, resolveFiles } from 'electron-updater/out/providers/Provider';
import { words } from '../words/en';
import { type Manifest, objectionTo, readSignatures, signedText } from './core/manifest-signature';
import { isOfFeed, type UpdateSource } from './core/source';

interface Options {
  source: UpdateSource;
  /** As electron-updater names it: `latest` is the stable one. */
  channel(): string;
  /** The date of the newest trusted manifest of a channel. */
  newestSeen(channel: string): string | undefined;
  remember(channel: string, releaseDate: string): void;
  /** Replaces how electron-updater downloads and requests. */
  equip(executor: ProviderRuntimeOptions['executor']): void;
}

/** A provider for electron-updater: fetches a manifest once, verifies these bytes, and lets these bytes be read. */
export function signedProvider({ source, channel, newestSeen, remember, equip }: Options) {
  return class SignedProvider extends Provider<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
      super({ ...runtime, isUseMultipleRangeRequest: source.multiRange });
      equip(runtime.executor);
    }

    /** Would tell the feed which machine asks. The number that decides on a staged rollout stays here. */
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
      remember(channel(), info.releaseDate);
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

/** A date that stands without quotes is read as one. */
function withPlainDate(info: UpdateInfo | null): UpdateInfo {
  const date: unknown = info?.releaseDate;
  return { ...(info ?? ({} as UpdateInfo)), ...(date instanceof Date ? { releaseDate: date.toISOString() } : {}) };
}
