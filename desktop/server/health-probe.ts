import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { get } from 'node:http';
import type { Answer } from './host';

/** A server that imports modules may be busy for a while; a new question after this long costs nothing. */
const PROBE_MS = 2_000;
const BODY_BYTES = 65_536;

/**
 * Asks `GET /api/health` of the server at `address` once. With a token, only an answer that carries the right proof counts;
 * the challenge is new each time, so an old answer replayed proves nothing.
 */
export function probe(address: string, token: string | undefined, signal: AbortSignal): Promise<Answer> {
  const challenge = randomBytes(16).toString('hex');
  const none: Answer = { kind: 'none' };
  return new Promise(resolve => {
    // `agent: false` also keeps a proxy named in the environment out of it.
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
    // For the whole of it: `timeout` begins anew with each byte, and an answer that trickles would never end.
    const deadline = setTimeout(() => request.destroy(), PROBE_MS);
    request.once('close', () => clearTimeout(deadline));
    // Nobody listens yet, or the phase is over: both are answers.
    request.once('error', () => resolve(none));
  });
}

function isProof(proof: unknown, token: string, challenge: string): boolean {
  // The whole header: `Buffer.from` stops without a word at what is no hex digit.
  if (typeof proof !== 'string' || !/^[0-9a-f]{64}$/i.test(proof)) return false;
  const right = createHmac('sha256', token).update(challenge).digest();
  return timingSafeEqual(Buffer.from(proof, 'hex'), right);
}

function readHealth(status: number, body: string): Answer {
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
    return { kind: 'ready', version: String(health['version'] ?? 'unknown'), ...moved };
  }
  if (status === 503 && health['status'] === 'starting')
    return { kind: 'starting', modules: Number(health['modules']) || 0 };
  return { kind: 'none' };
}
