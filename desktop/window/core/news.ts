/** News that the page reports to the shell, which shows them as notifications of the system. */

import { notifications } from '../../words/notifications';

const KINDS = ['answer', 'reminder', 'question', 'job', 'failed-job', 'message'] as const;

export interface News {
  /** An answer is complete, a reminder is due, the agent asks for permission, a job has ended, or a message of another platform is there. */
  kind: (typeof KINDS)[number];
  /** Title of the chat or job, or name of the platform. */
  about: string;
  text: string;
  /** Address of the chat in the page, without its origin. */
  path: string;
}

export interface NotificationContent {
  title: string;
  body: string;
  urgency: 'normal' | 'critical';
}

/** Notifications show less than this. */
const MOST_CHARACTERS = 300;
const LONGEST_PATH = 500;

/** Returns the news that a page sends; undefined if they are not valid. */
export function readNews(value: unknown): News | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind: name, about, text, path } = value as { [Key in keyof News]?: unknown };
  const kind = KINDS.find(known => known === name);
  if (kind === undefined || typeof about !== 'string' || typeof text !== 'string' || !isPath(path)) return undefined;
  return { kind, about, text, path };
}

export function notificationFor({ kind, about, text }: News): NotificationContent {
  const [title, body] = {
    answer: [about || notifications.answer, text],
    reminder: [notifications.reminder, text],
    question: [notifications.question, text],
    job: [notifications.jobFinished, about],
    'failed-job': [notifications.jobFailed, text === '' ? about : `${about}: ${text}`],
    message: [notifications.message(about), text],
  }[kind] as [string, string];
  return { title: shortened(title), body: shortened(body), urgency: kind === 'question' ? 'critical' : 'normal' };
}

/** Whether news with the address `path` lead to `place`, or below it. */
export function leadsTo(path: string, place: string): boolean {
  return path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`);
}

/** Whether this is an address below the page's origin. */
export function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_PATH && /^\/(?![/\\])/.test(value);
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
