import type { Activity } from './core/activity';

const LIMIT_MS = 5_000;

/** Requests the server's activity; undefined when it doesn't respond. */
export async function requestActivity(port: number, token: string): Promise<Activity | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/desktop/activity`, {
      headers: { 'X-CachiBot-Token': token },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const { jobs, streams } = (await answer.json()) as Partial<Activity>;
    return answer.ok && typeof jobs === 'number' && typeof streams === 'number' ? { jobs, streams } : undefined;
  } catch {
    return undefined; // no response, or not JSON
  }
}
