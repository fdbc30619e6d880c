import { app, session } from 'electron';
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
  log(line: string): void;
}

/** Opens the feed over a session of its own, which tells the feed nothing about the machine. */
export function connectFeed({ source, format, records, log }: Options): Feed {
  const own = session.fromPartition('cachibot-updates', { cache: false });
  // Chromium would send the system, the versions and the user's language.
  own.setUserAgent('CachiBot', 'en');
  const ask: typeof own.fetch = (url, how) => own.fetch(url, how);
  return openFeed({
    source,
    format,
    development: !app.isPackaged,
    newestSeen: channel => records.get().seen[channel],
    remember: (channel, date) => records.change(record => ({ ...record, seen: { ...record.seen, [channel]: date } })),
    fetch: wish => download(ask, wish),
    request: (asked, answered) => openRequest(ask, asked, answered),
    log,
  });
}
