import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { get } from 'node:http';
import type { ProbeResult } from './host';

/** Time limit of one request. A server that imports modules may be busy for longer; the next probe costs nothing. */
const PROBE_MS = 2_000;
const BODY_BYTES = 65_536;

/**
 * Requests `GET /api/health` of the server at `address` once. With a token, a response counts only with the right proof:
 * an HMAC of a challenge that is random each time, so that a replayed response proves nothing. Never throws.
 */
export function probe(address: string, token: string | undefined, signal: AbortSignal): Promise<ProbeResult> {
  const challenge = randomBytes(16).toString('hex');
  const none = { kind: 'none' } as const;
  return new Promise<ProbeResult>(resolve => {
    // `agent: false` also bypasses a proxy set in the environment.
    const request = get(
      `${address}/api/health`,
      { agent: false, signal, headers: { 'X-CachiBot-Challenge': challenge } },
      response => {
        const proof = response.headers['x-cachibot-proof'];
        if (token !== undefined && !isProof(proof, token, challenge)) {
          request.destroy();
          return resolve(none);
        }
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
          if (body.length > BODY_BYTES) request.destroy();
        });
        response.once('end', () => resolve(readHealth(response.statusCode ?? 0, body)));
        response.once('close', () => resolve(none));
      },
    );
    // Limits the whole request: `timeout` restarts with each byte, so a slow response would never end.
    const deadline = setTimeout(() => request.destroy(), PROBE_MS);
    request.once('close', () => clearTimeout(deadline));
    // No program listens, or the probe was cancelled.
    request.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? { ...none, refused: true } : none),
    );
  });
}

function isProof(proof: unknown, token: string, challenge: string): boolean {
  // Checks every digit: `Buffer.from` silently stops at a character that is not a hex digit.
  if (typeof proof !== 'string' || !/^[0-9a-f]{64}$/i.test(proof)) return false;
  const right = createHmac('sha256', token).update(challenge).digest();
  return timingSafeEqual(Buffer.from(proof, 'hex'), right);
}

function readHealth(status: number, body: string): ProbeResult {
  let health: Record<string, unknown>;
  try {
    health = JSON.parse(body) ?? {};
  } catch {
    // Not JSON, so not CachiBot's health.
    return { kind: 'none' };
  }
  if (status === 200) {
    const strayLog = health['stray_log'];
    const moved = typeof strayLog === 'string' ? { strayLog } : {};
    const busy = typeof health['busy'] === 'boolean' ? { busy: health['busy'] } : {};
    return { kind: 'ready', version: String(health['version'] ?? 'unknown'), ...busy, ...moved };
  }
  if (status === 503 && health['status'] === 'starting')
    return { kind: 'starting', modules: Number(health['modules']) || 0 };
  return { kind: 'none' };
}
