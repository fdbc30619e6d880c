import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probe } from '../../../desktop/server/health-probe';
import { choosePort } from '../../../desktop/server/port';

const TOKEN = '0123456789abcdef'.repeat(4);
const OTHER_KEY = 'f'.repeat(64);
const HEALTHY = '{"status":"ok","version":"0.3.0","problems":[]}';
const NONE = { kind: 'none' };

let cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUps.reverse()) await step();
  cleanUps = [];
});

const proofOf = (challenge: unknown, key = TOKEN) => createHmac('sha256', key).update(String(challenge)).digest('hex');
const challengeIn = ({ headers }: IncomingMessage) => headers['x-cachibot-challenge'];
const probePort = (port: number, token: string | undefined = TOKEN) =>
  probe(`http://127.0.0.1:${port}`, token, AbortSignal.timeout(30_000));

function listen(server: SocketServer): Promise<number> {
  cleanUps.push(() => server.close());
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  cleanUps.push(() => server.closeAllConnections());
  return listen(server);
}

/** A server that writes raw text instead of HTTP. */
function serveRaw(answer: (write: (text: string) => boolean) => unknown): Promise<number> {
  return listen(
    createSocketServer(socket => {
      cleanUps.push(() => socket.destroy());
      socket.on('error', () => {}).once('data', () => answer(text => socket.writable && socket.write(text)));
    }),
  );
}

/** A server with the right proof and the given response. */
function serveProved(status: number, body: string, headers: Record<string, string> = {}): Promise<number> {
  return serve((request, response) => {
    response.writeHead(status, { 'X-CachiBot-Proof': proofOf(challengeIn(request)), ...headers }).end(body);
  });
}

/** A server whose proof is derived from the right one. */
function serveProof(proof: (right: string, challenge: string) => string | string[]): Promise<number> {
  return serve((request, response) => {
    const challenge = String(challengeIn(request));
    response.writeHead(200, { 'X-CachiBot-Proof': proof(proofOf(challenge), challenge) }).end(HEALTHY);
  });
}

describe('our own server', () => {
  it('is ready when its proof is right and its status is ok', async () => {
    await expect(probePort(await serveProved(200, HEALTHY))).resolves.toEqual({ kind: 'ready', version: '0.3.0' });
    const moved = JSON.stringify({ status: 'ok', version: '0.3.0', stray_log: '/d/log' });
    await expect(probePort(await serveProved(200, moved))).resolves.toMatchObject({
      kind: 'ready',
      strayLog: '/d/log',
    });
  });

  it('is starting when its proof is right and it reports its progress', async () => {
    const port = await serveProved(503, '{"status":"starting","modules":412}');
    await expect(probePort(port)).resolves.toEqual({ kind: 'starting', modules: 412 });
  });

  it('gets a challenge of 32 hex digits, new each time, and never the token', async () => {
    const seen: string[] = [];
    const headers: string[] = [];
    const port = await serve((request, response) => {
      seen.push(String(challengeIn(request)));
      headers.push(JSON.stringify(request.headers), String(request.url));
      response.end();
    });
    for (let time = 0; time < 20; time++) await probePort(port);
    expect(new Set(seen).size).toBe(20);
    for (const challenge of seen) expect(challenge).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.join()).not.toContain(TOKEN);
  });

  it.each<[string, number, string]>([
    ['an empty body', 200, ''],
    ['HTML', 200, '<html>'],
    ['incomplete JSON', 200, '{"status":'],
    ['a 503 of another kind', 503, '{"status":"overloaded"}'],
    ['a 401', 401, HEALTHY],
    ['a 500', 500, HEALTHY],
    ['a 204', 204, ''],
  ])('is not ready with %s, even if the proof is right', async (_what, status, body) => {
    await expect(probePort(await serveProved(status, body))).resolves.toEqual(NONE);
  });

  it.each<[string, string]>([
    ['is not a number', '{"status":"starting","modules":"many"}'],
    ['is missing', '{"status":"starting"}'],
  ])('has made no progress when its module count %s', async (_what, body) => {
    await expect(probePort(await serveProved(503, body))).resolves.toEqual({ kind: 'starting', modules: 0 });
  });
});

describe('a foreign server on the port', () => {
  it('is not accepted when it responds 200 to everything', async () => {
    await expect(probePort(await serve((_request, response) => response.end(HEALTHY)))).resolves.toEqual(NONE);
  });

  it('is not accepted when it has another key', async () => {
    const port = await serveProof((_right, challenge) => proofOf(challenge, OTHER_KEY));
    await expect(probePort(port)).resolves.toEqual(NONE);
  });

  it('is not accepted when it replays an earlier proof of our server', async () => {
    const own = await serveProved(200, HEALTHY);
    const recorded = await new Promise<string>((resolve, reject) => {
      request({ host: '127.0.0.1', port: own, headers: { 'X-CachiBot-Challenge': 'a'.repeat(32) } }, response => {
        response.resume();
        resolve(String(response.headers['x-cachibot-proof']));
      })
        .on('error', reject)
        .end();
    });
    expect(recorded).toBe(proofOf('a'.repeat(32)));
    await expect(probePort(await serveProof(() => recorded))).resolves.toEqual(NONE);
  });

  it('is not accepted when it sends the challenge back', async () => {
    await expect(probePort(await serveProof((_right, challenge) => challenge))).resolves.toEqual(NONE);
    await expect(probePort(await serveProof((_right, challenge) => challenge + challenge))).resolves.toEqual(NONE);
  });

  it('is not accepted when it computes its proof with an empty key', async () => {
    await expect(probePort(await serveProof((_right, challenge) => proofOf(challenge, '')))).resolves.toEqual(NONE);
  });
});

describe('a proof', () => {
  it.each<[string, (right: string) => string | string[]]>([
    ['is empty', () => ''],
    ['is half of the right one', right => right.slice(0, 32)],
    ['is one digit short', right => right.slice(1)],
    ['is one digit too long', right => `${right}0`],
    ['has a suffix', right => `${right}zz`],
    ['has a prefix', right => `0x${right}`],
    ['is repeated in one header', right => `${right}${right}`],
    ['is in the first of two headers', right => [right, OTHER_KEY]],
    ['is in the last of two headers', right => [OTHER_KEY, right]],
    ['has one changed digit', right => right.slice(0, -1) + (right.endsWith('0') ? '1' : '0')],
    ['is not hexadecimal', () => 'trust me'],
  ])('is not accepted when it %s', async (_how, proof) => {
    await expect(probePort(await serveProof(proof))).resolves.toEqual(NONE);
  });

  it('is accepted in upper case, too', async () => {
    await expect(probePort(await serveProof(right => right.toUpperCase()))).resolves.toMatchObject({ kind: 'ready' });
  });
});

describe('a response that redirects or never ends', () => {
  it('is not followed to another address, with or without a proof', async () => {
    let visits = 0;
    const elsewhere = await serve((request, response) => {
      visits++;
      response.writeHead(200, { 'X-CachiBot-Proof': proofOf(challengeIn(request)) }).end(HEALTHY);
    });
    const Location = `http://127.0.0.1:${elsewhere}/api/health`;
    const port = await serve((_request, response) => response.writeHead(302, { Location }).end());
    await expect(probePort(port)).resolves.toEqual(NONE);
    await expect(probePort(await serveProved(307, HEALTHY, { Location }))).resolves.toEqual(NONE);
    expect(visits).toBe(0);
  });

  it.each([
    ['of a foreign server', false],
    ['of our own server', true],
  ])('is aborted when its body is endless: %s', async (_who, proved) => {
    let sent = 0;
    let cut = false;
    const port = await serve((request, response) => {
      response.writeHead(200, proved ? { 'X-CachiBot-Proof': proofOf(challengeIn(request)) } : {});
      response.on('close', () => {
        cut = true;
      });
      const more = () => {
        while (!cut && response.write('x'.repeat(100_000))) sent += 100_000;
        if (!cut) response.once('drain', more);
      };
      more();
    });
    await expect(probePort(port)).resolves.toEqual(NONE);
    await expect.poll(() => cut).toBe(true);
    expect(sent).toBeLessThan(50_000_000);
  });

  it('is aborted after a while when nothing arrives', async () => {
    const started = performance.now();
    await expect(probePort(await serveRaw(() => {}))).resolves.toEqual(NONE);
    const took = performance.now() - started;
    console.log(`gave up on a silent server after ${Math.round(took)} ms`);
    expect(took).toBeLessThan(20_000);
  });

  it.each([
    ['headers', ''],
    ['body, after a valid status', 'HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n'],
  ])('is aborted after a while when it arrives too slowly: %s', async (_what, start) => {
    const port = await serveRaw(write => {
      write(start === '' ? 'HTTP/1.1 200 OK\r\nX-Long: ' : start);
      const timer = setInterval(() => write('x'), 200);
      cleanUps.push(() => clearInterval(timer));
    });
    // Without a token, so that the missing proof is not the reason.
    await expect(
      within(20_000, probe(`http://127.0.0.1:${port}`, undefined, new AbortController().signal)),
    ).resolves.toEqual(NONE);
  });

  it.each([
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['too long in its headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['cut in the middle', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status"'],
  ])('is not accepted when it is %s', async (_what, text) => {
    const port = await listen(
      createSocketServer(socket => {
        socket.on('error', () => {}).once('data', () => socket.end(text));
      }),
    );
    await expect(probePort(port)).resolves.toEqual(NONE);
    await expect(probe(`http://127.0.0.1:${port}`, undefined, AbortSignal.timeout(30_000))).resolves.toEqual(NONE);
  });

  it('does not arrive when no program listens', async () => {
    await expect(probePort(await choosePort(undefined))).resolves.toEqual({ kind: 'none', refused: true });
  });

  it('is not awaited after the probe is aborted', async () => {
    const port = await serveRaw(() => {});
    const request = new AbortController();
    const answer = probe(`http://127.0.0.1:${port}`, TOKEN, request.signal);
    request.abort();
    await expect(within(1_000, answer)).resolves.toEqual(NONE);
  });
});

it('uses no proxy, even if the environment names one', async () => {
  let proxied = 0;
  const proxy = await serve((_request, response) => {
    proxied++;
    response.end(HEALTHY);
  });
  const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy', 'HTTPS_PROXY', 'https_proxy'];
  for (const name of [...names, 'NODE_USE_ENV_PROXY', 'NO_PROXY', 'no_proxy']) {
    const before = process.env[name];
    cleanUps.push(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
    if (names.includes(name)) process.env[name] = `http://127.0.0.1:${proxy}`;
    else delete process.env[name];
  }
  process.env['NODE_USE_ENV_PROXY'] = '1';
  await expect(probePort(await serveProved(200, HEALTHY))).resolves.toMatchObject({ kind: 'ready' });
  expect(proxied).toBe(0);
});

function within<Value>(ms: number, value: Promise<Value>): Promise<Value | string> {
  return Promise.race([value, new Promise<string>(resolve => setTimeout(resolve, ms, `nothing within ${ms} ms`))]);
}
