import type { Activity } from './core/activity';

const LIMIT_MS = 5_000;

/** Requests the server's activity; undefined when it doesn't respond within `limitMs`. */
export async function requestActivity(port: number, token: string, limitMs = LIMIT_MS): Promise<Activity | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/desktop/activity`, {
      headers: { 'X-CachiBot-Token': token },
      signal: AbortSignal.timeout(limitMs),
    });
    const { jobs, answers, streams } = (await answer.json()) as Partial<Activity>;
    const isValid = [jobs, answers, streams].every(count => typeof count === 'number');
    return answer.ok && isValid ? ({ jobs, answers, streams } as Activity) : undefined;
  } catch {
    return undefined; // no response, or not JSON
  }
}
