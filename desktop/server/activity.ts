import type { Activity } from './core/activity';
import { requestServer } from './own-request';

const LIMIT_MS = 5_000;

/** Requests the server's activity; undefined when it doesn't respond within `limitMs`. */
export async function requestActivity(port: number, token: string, limitMs = LIMIT_MS): Promise<Activity | undefined> {
  try {
    const { status, text } = await requestServer({ port, token, path: '/api/desktop/activity', limitMs });
    const { jobs, answers, streams } = JSON.parse(text) as Partial<Activity>;
    const isValid = [jobs, answers, streams].every(count => typeof count === 'number');
    return status === 200 && isValid ? ({ jobs, answers, streams } as Activity) : undefined;
  } catch {
    return undefined; // no response, or not JSON
  }
}
