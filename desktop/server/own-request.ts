import { request as send } from 'node:http';

interface Options {
  port: number;
  /** The server's token. */
  token: string;
  path: string;
  /** Sent as JSON, by POST. Omitted, the request is a GET. */
  body?: unknown;
  limitMs: number;
}

/**
 * Sends a request of the shell's own to the server. Rejects if there is no complete response in time. Not `fetch`, which
 * takes 40 ms to load, and wakes an idle app with its timers and the connections that it keeps.
 */
export function requestServer({
  port,
  token,
  path,
  body,
  limitMs,
}: Options): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port,
        path,
        method: body === undefined ? 'GET' : 'POST',
        agent: false,
        headers: {
          'X-CachiBot-Token': token,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        signal: AbortSignal.timeout(limitMs),
      },
      response => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.once('error', reject);
      },
    );
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
