import { describe, expect, it } from 'vitest';
import {
  menuItemFor,
  newsFor,
  nextUpdate,
  noticesFor,
  type UpdateEvent,
  type UpdateState,
} from '../../../../desktop/updates/core/state';
import { words } from '../../../../desktop/words/en';

const offer = { version: '2.0.0', releaseNotes: 'better' };
const newer = { version: '3.0.0', releaseNotes: null };
const progress = { bytesPerSecond: 1, percent: 50, transferred: 5, total: 10 };

const idle: UpdateState = { at: 'idle' };
const checking: UpdateState = { at: 'checking' };
const available: UpdateState = { at: 'available', offer };
const downloading: UpdateState = { at: 'downloading', offer, progress };
const downloaded: UpdateState = { at: 'downloaded', offer };
const installing: UpdateState = { at: 'installing', offer };
const ALL = [idle, checking, available, downloading, downloaded, installing];

describe('what an event makes of a state', () => {
  it.each<[UpdateState, UpdateEvent, UpdateState]>([
    [idle, { type: 'check' }, checking],
    [{ at: 'idle', problem: 'no network' }, { type: 'check' }, checking],
    [available, { type: 'check' }, { at: 'checking', offer }],
    [checking, { type: 'found', offer }, available],
    [
      { at: 'checking', offer },
      { type: 'found', offer: newer },
      { at: 'available', offer: newer },
    ],
    [checking, { type: 'nothing' }, idle],
    [{ at: 'checking', offer }, { type: 'nothing' }, idle],
    [checking, { type: 'failed', problem: 'no' }, { at: 'idle', problem: 'no' }],
    [
      { at: 'checking', offer },
      { type: 'failed', problem: 'no' },
      { at: 'available', offer, problem: 'no' },
    ],
    [
      available,
      { type: 'download' },
      { ...downloading, progress: { bytesPerSecond: 0, percent: 0, transferred: 0, total: 0 } },
    ],
    [
      downloading,
      { type: 'progress', progress: { ...progress, percent: 60 } },
      { at: 'downloading', offer, progress: { ...progress, percent: 60 } },
    ],
    [downloading, { type: 'downloaded' }, downloaded],
    [downloading, { type: 'failed', problem: 'broken' }, { at: 'available', offer, problem: 'broken' }],
    [downloaded, { type: 'install' }, installing],
    [installing, { type: 'put-off' }, downloaded],
    [installing, { type: 'failed', problem: 'stuck' }, { at: 'downloaded', offer, problem: 'stuck' }],
    [installing, { type: 'failed', problem: 'gone', lost: true }, { at: 'available', offer, problem: 'gone' }],
    [downloading, { type: 'withdrawn' }, idle],
    [downloaded, { type: 'withdrawn', problem: 'no' }, { at: 'idle', problem: 'no' }],
    [available, { type: 'channel' }, idle],
    [downloaded, { type: 'channel' }, idle],
  ])('%j, %j', (state, event, expected) => expect(nextUpdate(state, event)).toStrictEqual(expected));

  it.each<[string, UpdateState[], UpdateEvent]>([
    ['to look again while something is under way', [checking, downloading, downloaded, installing], { type: 'check' }],
    [
      'to download what is there, on its way, or not known',
      [idle, checking, downloading, downloaded, installing],
      { type: 'download' },
    ],
    ['to install what is not there', [idle, checking, available, downloading, installing], { type: 'install' }],
    [
      'an answer that nobody waits for',
      [idle, available, downloading, downloaded, installing],
      { type: 'found', offer: newer },
    ],
    [
      'another channel in the middle of a download, or before anything was found',
      [downloading, installing, { at: 'idle', problem: 'no' }],
      { type: 'channel' },
    ],
    [
      'the answer that nothing is newer, when nobody waits for it',
      [available, downloading, downloaded, installing],
      { type: 'nothing' },
    ],
    ['progress of no download', [idle, checking, available, downloaded, installing], { type: 'progress', progress }],
    ['the end of no download', [idle, checking, available, downloaded, installing], { type: 'downloaded' }],
    ['no to no question', [idle, checking, available, downloading, downloaded], { type: 'put-off' }],
    ['a withdrawal of what was not downloaded', [idle, checking, available, installing], { type: 'withdrawn' }],
    ['a failure of nothing', [idle, available, downloaded], { type: 'failed', problem: 'no' }],
  ])('it changes nothing: %s', (_what, states, event) => {
    for (const state of states) expect(nextUpdate(state, event)).toBe(state);
  });
});

it('a page that has forgotten everything hears it again, the problem first', () => {
  expect(ALL.map(state => noticesFor(state).map(({ name }) => name))).toEqual([
    [],
    [],
    ['update:available'],
    ['update:progress'],
    ['update:downloaded'],
    [],
  ]);
  // The UI takes its button to install away at an error, so what is there comes after it.
  expect(noticesFor({ at: 'downloaded', offer, problem: 'stuck' })).toEqual([
    { name: 'update:error', notice: { message: 'stuck' } },
    { name: 'update:downloaded', notice: { version: '2.0.0' } },
  ]);
});

describe('the person is told', () => {
  it('once that there is something newer, and once that it is ready', () => {
    expect(newsFor(checking, available)?.title).toBe(words.updates.available('2.0.0'));
    expect(newsFor(downloading, downloaded)?.title).toBe(words.updates.ready('2.0.0'));
    expect(newsFor(checking, available)?.body).toContain('Settings');
    expect(newsFor(downloading, downloaded)?.body).toContain('Settings');
    expect(newsFor({ at: 'checking', offer }, available)).toBeUndefined();
    expect(newsFor({ at: 'checking', offer }, { at: 'available', offer: newer })?.title).toBe(
      words.updates.available('3.0.0'),
    );
  });

  it('nothing of failures that came by themselves', () => {
    expect(newsFor(checking, { at: 'idle', problem: 'no' })).toBeUndefined();
    expect(newsFor({ at: 'checking', offer }, { at: 'available', offer, problem: 'no' })).toBeUndefined();
    expect(newsFor(downloading, { at: 'available', offer, problem: 'no' })).toBeUndefined();
    expect(newsFor(checking, { at: 'available', offer, problem: 'no' })).toBeUndefined();
    expect(newsFor(installing, downloaded)).toBeUndefined();
    expect(newsFor(idle, available)).toBeUndefined();
    expect(newsFor(checking, idle)).toBeUndefined();
  });
});

it('the menu says what can be done, and nothing can while it is being done', () => {
  expect(ALL.map(menuItemFor)).toEqual([
    { label: words.updates.check, does: 'check' },
    { label: words.updates.checking },
    { label: words.updates.download('2.0.0'), does: 'download' },
    { label: words.updates.downloading('2.0.0') },
    { label: words.updates.restart('2.0.0'), does: 'install' },
    { label: words.updates.installing('2.0.0') },
  ]);
});
