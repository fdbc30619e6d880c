import { describe, expect, it } from 'vitest';
import {
  menuItemFor,
  nextUpdate,
  notificationFor,
  pageEventsFor,
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

describe('nextUpdate', () => {
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
    [installing, { type: 'postponed' }, downloaded],
    [installing, { type: 'failed', problem: 'stuck' }, { at: 'downloaded', offer, problem: 'stuck' }],
    [installing, { type: 'failed', problem: 'gone', lost: true }, { at: 'available', offer, problem: 'gone' }],
    [downloading, { type: 'withdrawn' }, idle],
    [downloaded, { type: 'withdrawn', problem: 'no' }, { at: 'idle', problem: 'no' }],
    [available, { type: 'channel' }, idle],
    [downloaded, { type: 'channel' }, idle],
  ])('%j, %j', (state, event, expected) => expect(nextUpdate(state, event)).toStrictEqual(expected));

  it.each<[string, UpdateState[], UpdateEvent]>([
    ['a check during another operation', [checking, downloading, downloaded, installing], { type: 'check' }],
    [
      'a download without an offer, or during another operation',
      [idle, checking, downloading, downloaded, installing],
      { type: 'download' },
    ],
    ['an installation without a download', [idle, checking, available, downloading, installing], { type: 'install' }],
    [
      'a newer version without a check',
      [idle, available, downloading, downloaded, installing],
      { type: 'found', offer: newer },
    ],
    [
      'another channel during a download or an installation, or without an offer',
      [downloading, installing, { at: 'idle', problem: 'no' }],
      { type: 'channel' },
    ],
    ['no newer version without a check', [available, downloading, downloaded, installing], { type: 'nothing' }],
    [
      'progress without a download',
      [idle, checking, available, downloaded, installing],
      { type: 'progress', progress },
    ],
    [
      'the end of a download without a download',
      [idle, checking, available, downloaded, installing],
      { type: 'downloaded' },
    ],
    [
      'a postponement without an installation',
      [idle, checking, available, downloading, downloaded],
      { type: 'postponed' },
    ],
    ['a withdrawal without a download', [idle, checking, available, installing], { type: 'withdrawn' }],
    ['a failure without an operation', [idle, available, downloaded], { type: 'failed', problem: 'no' }],
  ])('ignores %s', (_event, states, event) => {
    for (const state of states) expect(nextUpdate(state, event)).toBe(state);
  });
});

it('sends the events of a state to a page, the problem first', () => {
  expect(ALL.map(state => pageEventsFor(state).map(({ name }) => name))).toEqual([
    [],
    [],
    ['update:available'],
    ['update:progress'],
    ['update:downloaded'],
    [],
  ]);
  // The UI removes its install button at an error, so the other events follow the error.
  expect(pageEventsFor({ at: 'downloaded', offer, problem: 'stuck' })).toEqual([
    { name: 'update:error', payload: { message: 'stuck' } },
    { name: 'update:downloaded', payload: { version: '2.0.0' } },
  ]);
});

describe('notificationFor', () => {
  it('reports once that a newer version is available, and once that it is ready', () => {
    expect(notificationFor(checking, available)?.title).toBe(words.updates.available('2.0.0'));
    expect(notificationFor(downloading, downloaded)?.title).toBe(words.updates.ready('2.0.0'));
    expect(notificationFor(checking, available)?.body).toContain('Settings');
    expect(notificationFor(downloading, downloaded)?.body).toContain('Settings');
    expect(notificationFor({ at: 'checking', offer }, available)).toBeUndefined();
    expect(notificationFor({ at: 'checking', offer }, { at: 'available', offer: newer })?.title).toBe(
      words.updates.available('3.0.0'),
    );
  });

  it('reports no failures of automatic checks, downloads and installations', () => {
    expect(notificationFor(checking, { at: 'idle', problem: 'no' })).toBeUndefined();
    expect(notificationFor({ at: 'checking', offer }, { at: 'available', offer, problem: 'no' })).toBeUndefined();
    expect(notificationFor(downloading, { at: 'available', offer, problem: 'no' })).toBeUndefined();
    expect(notificationFor(checking, { at: 'available', offer, problem: 'no' })).toBeUndefined();
    expect(notificationFor(installing, downloaded)).toBeUndefined();
    expect(notificationFor(idle, available)).toBeUndefined();
    expect(notificationFor(checking, idle)).toBeUndefined();
  });
});

it('the menu item has no action while an operation is in progress', () => {
  expect(ALL.map(menuItemFor)).toEqual([
    { label: words.updates.check, does: 'check' },
    { label: words.updates.checking },
    { label: words.updates.download('2.0.0'), does: 'download' },
    { label: words.updates.downloading('2.0.0') },
    { label: words.updates.restart('2.0.0'), does: 'install' },
    { label: words.updates.installing('2.0.0') },
  ]);
});
