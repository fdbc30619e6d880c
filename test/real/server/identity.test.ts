import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probe } from '../../../desktop/server/health-probe';
import { choosePort } from '../../../desktop/server/port';

const TOKEN = '0123456789abcdef'.repeat(4);
const OTHER_KEY = 'f'.repeat(64);
const HEALTHY = '{"status":"ok","version":"0.3.0","problems":[]}';
const NOBODY = { kind: 'none' };

let undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});

const proofOf = (challenge: unknown, key = TOKEN) => createHmac('sha256', key).update(String(challenge)).digest('hex');
const challengeIn = ({ headers }: IncomingMessage) => headers['x-cachibot-challenge'];
const ask = (port: number, token: string | undefined = TOKEN) =>
  probe(`http://127.0.0.1:${port}`, token, AbortSignal.timeout(30_000));

function listen(server: SocketServer): Promise<number> {
  undo.push(() => server.close());
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  undo.push(() => server.closeAllConnections());
  return listen(server);
}

/** Speaks without HTTP's manners. */
function serveRaw(answer: (write: (text: string) => boolean) => unknown): Promise<number> {
  return listen(
    createSocketServer(socket => {
      undo.push(() => socket.destroy());
      socket.on('error', () => {}).once('data', () => answer(text => socket.writable && socket.write(text)));
    }),
  );
}

/** A server that gives the right proof, and then answers as told. */
function serveProved(status: number, body: string, headers: Record<string, string> = {}): Promise<number> {
  return serve((question, response) => {
    response.writeHead(status, { 'X-CachiBot-Proof': proofOf(challengeIn(question)), ...headers }).end(body);
  });
}

/** A server whose proof is made from the right one. */
function serveProof(proof: (right: string, challenge: string) => string | string[]): Promise<number> {
  return serve((question, response) => {
    const challenge = String(challengeIn(question));
    response.writeHead(200, { 'X-CachiBot-Proof': proof(proofOf(challenge), challenge) }).end(HEALTHY);
  });
}

describe('our own server', () => {
  it('is ready when it proves itself and is well', async () => {
    await expect(ask(await serveProved(200, HEALTHY))).resolves.toEqual({ kind: 'ready', version: '0.3.0' });
    const moved = JSON.stringify({ status: 'ok', version: '0.3.0', stray_log: '/d/log' });
    await expect(ask(await serveProved(200, moved))).resolves.toMatchObject({ kind: 'ready', strayLog: '/d/log' });
  });

  it('is starting when it proves itself and says how far it is', async () => {
    const port = await serveProved(503, '{"status":"starting","modules":412}');
    await expect(ask(port)).resolves.toEqual({ kind: 'starting', modules: 412 });
  });

  it('is asked with a challenge of 32 hex digits, new each time, and never shown the token', async () => {
    const seen: string[] = [];
    const headers: string[] = [];
    const port = await serve((question, response) => {
      seen.push(String(challengeIn(question)));
      headers.push(JSON.stringify(question.headers), String(question.url));
      response.end();
    });
    for (let time = 0; time < 20; time++) await ask(port);
    expect(new Set(seen).size).toBe(20);
    for (const challenge of seen) expect(challenge).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.join()).not.toContain(TOKEN);
  });

  it.each<[string, number, string]>([
    ['an empty body', 200, ''],
    ['no JSON', 200, '<html>'],
    ['half a JSON', 200, '{"status":'],
    ['a 503 of another kind', 503, '{"status":"overloaded"}'],
    ['a refusal', 401, HEALTHY],
    ['an error', 500, HEALTHY],
    ['a 204', 204, ''],
  ])('is not ready with %s, proof or no proof', async (_what, status, body) => {
    await expect(ask(await serveProved(status, body))).resolves.toEqual(NOBODY);
  });

  it.each<[string, string]>([
    ['words', '{"status":"starting","modules":"many"}'],
    ['nothing', '{"status":"starting"}'],
  ])('has made no progress when it counts in %s', async (_what, body) => {
    await expect(ask(await serveProved(503, body))).resolves.toEqual({ kind: 'starting', modules: 0 });
  });
});

describe('a stranger on the port', () => {
  it('that answers 200 to everything is nobody', async () => {
    await expect(ask(await serve((_question, response) => response.end(HEALTHY)))).resolves.toEqual(NOBODY);
  });

  it('that has another key is nobody', async () => {
    const port = await serveProof((_right, challenge) => proofOf(challenge, OTHER_KEY));
    await expect(ask(port)).resolves.toEqual(NOBODY);
  });

  it('that replays a proof our server once gave is nobody', async () => {
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
    await expect(ask(await serveProof(() => recorded))).resolves.toEqual(NOBODY);
  });

  it('that sends the challenge back is nobody', async () => {
    await expect(ask(await serveProof((_right, challenge) => challenge))).resolves.toEqual(NOBODY);
    await expect(ask(await serveProof((_right, challenge) => challenge + challenge))).resolves.toEqual(NOBODY);
  });

  it('that makes its proof without a key is nobody', async () => {
    await expect(ask(await serveProof((_right, challenge) => proofOf(challenge, '')))).resolves.toEqual(NOBODY);
  });
});

describe('a proof', () => {
  it.each<[string, (right: string) => string | string[]]>([
    ['empty', () => ''],
    ['half of it', right => right.slice(0, 32)],
    ['one digit short', right => right.slice(1)],
    ['one digit long', right => `${right}0`],
    ['with something behind it', right => `${right}zz`],
    ['with something before it', right => `0x${right}`],
    ['twice in one header', right => `${right}${right}`],
    ['in two headers, the right one first', right => [right, OTHER_KEY]],
    ['in two headers, the right one last', right => [OTHER_KEY, right]],
    ['with one digit changed', right => right.slice(0, -1) + (right.endsWith('0') ? '1' : '0')],
    ['in words', () => 'trust me'],
  ])('is none when it comes %s', async (_how, proof) => {
    await expect(ask(await serveProof(proof))).resolves.toEqual(NOBODY);
  });

  it('is one in capitals too: hex digits are hex digits', async () => {
    await expect(ask(await serveProof(right => right.toUpperCase()))).resolves.toMatchObject({ kind: 'ready' });
  });
});

describe('an answer that leads elsewhere or never ends', () => {
  it('is not followed to another address, with a proof or without', async () => {
    let visits = 0;
    const elsewhere = await serve((question, response) => {
      visits++;
      response.writeHead(200, { 'X-CachiBot-Proof': proofOf(challengeIn(question)) }).end(HEALTHY);
    });
    const Location = `http://127.0.0.1:${elsewhere}/api/health`;
    const port = await serve((_question, response) => response.writeHead(302, { Location }).end());
    await expect(ask(port)).resolves.toEqual(NOBODY);
    await expect(ask(await serveProved(307, HEALTHY, { Location }))).resolves.toEqual(NOBODY);
    expect(visits).toBe(0);
  });

  it.each([
    ['from a stranger', false],
    ['from our own server', true],
  ])('is cut off when its body is endless: %s', async (_who, proved) => {
    let sent = 0;
    let cut = false;
    const port = await serve((question, response) => {
      response.writeHead(200, proved ? { 'X-CachiBot-Proof': proofOf(challengeIn(question)) } : {});
      response.on('close', () => {
        cut = true;
      });
      const more = () => {
        while (!cut && response.write('x'.repeat(100_000))) sent += 100_000;
        if (!cut) response.once('drain', more);
      };
      more();
    });
    await expect(ask(port)).resolves.toEqual(NOBODY);
    await expect.poll(() => cut).toBe(true);
    expect(sent).toBeLessThan(50_000_000);
  });

  it('is given up after a while when nothing comes', async () => {
    const began = performance.now();
    await expect(ask(await serveRaw(() => {}))).resolves.toEqual(NOBODY);
    const took = performance.now() - began;
    console.log(`a silent stranger was given up after ${Math.round(took)} ms`);
    expect(took).toBeLessThan(20_000);
  });

  it.each([
    ['its head', ''],
    ['its body, behind a right status', 'HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n'],
  ])('is given up after a while when it only trickles: %s', async (_what, start) => {
    const port = await serveRaw(write => {
      write(start === '' ? 'HTTP/1.1 200 OK\r\nX-Long: ' : start);
      const timer = setInterval(() => write('x'), 200);
      undo.push(() => clearInterval(timer));
    });
    // Without a token, so that it is the answer and not the lack of a proof that is judged.
    await expect(
      within(20_000, probe(`http://127.0.0.1:${port}`, undefined, new AbortController().signal)),
    ).resolves.toEqual(NOBODY);
  });

  it.each([
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a head too long', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['cut in the middle', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status"'],
  ])('is nobody’s when it is %s', async (_what, text) => {
    const port = await listen(
      createSocketServer(socket => {
        socket.on('error', () => {}).once('data', () => socket.end(text));
      }),
    );
    await expect(ask(port)).resolves.toEqual(NOBODY);
    await expect(probe(`http://127.0.0.1:${port}`, undefined, AbortSignal.timeout(30_000))).resolves.toEqual(NOBODY);
  });

  it('is nobody’s when nobody listens', async () => {
    await expect(ask(await choosePort(undefined))).resolves.toEqual(NOBODY);
  });

  it('is not waited for once the question is called off', async () => {
    const port = await serveRaw(() => {});
    const question = new AbortController();
    const answer = probe(`http://127.0.0.1:${port}`, TOKEN, question.signal);
    question.abort();
    await expect(within(1_000, answer)).resolves.toEqual(NOBODY);
  });
});

it('no proxy is asked, whatever the environment names', async () => {
  let asked = 0;
  const proxy = await serve((_question, response) => {
    asked++;
    response.end(HEALTHY);
  });
  const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy', 'HTTPS_PROXY', 'https_proxy'];
  for (const name of [...names, 'NODE_USE_ENV_PROXY', 'NO_PROXY', 'no_proxy']) {
    const before = process.env[name];
    undo.push(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
    if (names.includes(name)) process.env[name] = `http://127.0.0.1:${proxy}`;
    else delete process.env[name];
  }
  process.env['NODE_USE_ENV_PROXY'] = '1';
  await expect(ask(await serveProved(200, HEALTHY))).resolves.toMatchObject({ kind: 'ready' });
  expect(asked).toBe(0);
});

function within<Value>(ms: number, value: Promise<Value>): Promise<Value | string> {
  return Promise.race([value, new Promise<string>(resolve => setTimeout(resolve, ms, `nothing within ${ms} ms`))]);
}
