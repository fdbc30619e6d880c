import { expect, it } from 'vitest';
import { type News, notificationFor, readNews } from '../../../../desktop/window/core/news';
import { notifications } from '../../../../desktop/words/notifications';

const answer: News = { kind: 'answer', about: 'Holidays', text: 'In June.', path: '/default/chats/1' };

it.each(['answer', 'reminder', 'question', 'job', 'failed-job', 'message'] as const)(
  'reads news of the kind %s',
  kind => {
    expect(readNews({ ...answer, kind, more: 1 })).toEqual({ ...answer, kind });
  },
);

it.each([
  undefined,
  null,
  'answer',
  {},
  { ...answer, kind: 'toString' },
  { ...answer, about: undefined },
  { ...answer, text: 1 },
  { ...answer, path: undefined },
  { ...answer, path: '' },
  { ...answer, path: 'https://example.com/' },
  { ...answer, path: '//example.com' },
  { ...answer, path: '/\\example.com' },
  { ...answer, path: `/${'x'.repeat(500)}` },
])('refuses %j', value => {
  expect(readNews(value)).toBeUndefined();
});

it('accepts a path of 500 characters', () => {
  expect(readNews({ ...answer, path: `/${'x'.repeat(499)}` })).toBeDefined();
});

it.each<[Partial<News>, string, string, string]>([
  [{}, 'Holidays', 'In June.', 'normal'],
  [{ about: '' }, notifications.answer, 'In June.', 'normal'],
  [{ kind: 'reminder', about: '' }, notifications.reminder, 'In June.', 'normal'],
  [{ kind: 'question' }, notifications.question, 'In June.', 'critical'],
  [{ kind: 'job' }, notifications.jobFinished, 'Holidays', 'normal'],
  [{ kind: 'failed-job' }, notifications.jobFailed, 'Holidays: In June.', 'normal'],
  [{ kind: 'failed-job', text: '' }, notifications.jobFailed, 'Holidays', 'normal'],
  [{ kind: 'message', about: 'telegram' }, 'New message from telegram', 'In June.', 'normal'],
])('%j has a title, a text and an urgency', (news, title, body, urgency) => {
  expect(notificationFor({ ...answer, ...news })).toEqual({ title, body, urgency });
});

it('shortens long texts', () => {
  const { title, body } = notificationFor({ ...answer, about: 'x'.repeat(300), text: 'y'.repeat(301) });
  expect(title).toBe('x'.repeat(300));
  expect(body).toBe(`${'y'.repeat(299)}…`);
});
