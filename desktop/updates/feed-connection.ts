import { app, session } from 'electron';
import { followProxySetting } from '../settings/session-proxy';
import type { SettingsStore } from '../settings/store';
import type { UpdateFormat } from './core/package-format';
import type { UpdateSource } from './core/source';
import { download } from './download';
import { type Feed, openFeed } from './feed';
import { openRequest } from './feed-request';
import type { UpdateRecords } from './record-store';

interface Options {
  source: UpdateSource;
  format: UpdateFormat;
  records: UpdateRecords;
  settings: SettingsStore;
  log(line: string): void;
}

/** Opens the feed over a separate session, which sends the feed no facts about the machine. */
export function connectFeed({ source, format, records, settings, log }: Options): Feed {
  const feedSession = session.fromPartition('cachibot-updates', { cache: false });
  // Otherwise Chromium would send the system, the versions and the user's language.
  feedSession.setUserAgent('CachiBot', 'en');
  const proxyApplied = followProxySetting(feedSession, settings, log);
  const fetch: typeof feedSession.fetch = async (url, how) => {
    await proxyApplied();
    return feedSession.fetch(url, how);
  };
  return openFeed({
    source,
    format,
    development: !app.isPackaged,
    newestSeen: channel => records.get().seen[channel],
    markSeen: (channel, date) => records.change(record => ({ ...record, seen: { ...record.seen, [channel]: date } })),
    download: request => download(fetch, request),
    request: (request, onResponse) => openRequest(fetch, request, onResponse),
    log,
  });
}
