/** Adds the token to requests of a browser, which has no shell to do that. */

import { createServer, type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { occupyPort } from './electron-app';

interface Server {
  port: number;
  token: string;
  /** The origin of the page. Only its own requests get the token. */
  origin: string;
}

/** Starts the proxy, until the test is over. @returns its port, and the addresses of the requests it has received */
export async function openTokenProxy({ port, token, origin }: Server): Promise<{ port: number; received: string[] }> {
  const received: string[] = [];
  const options = ({ headers, method, url }: IncomingMessage) => {
    received.push(url ?? '');
    const isOwn = headers.origin === undefined || headers.origin === origin;
    const ours = isOwn ? { ...headers, 'x-cachibot-token': token } : headers;
    return { host: '127.0.0.1', port, method, path: url, headers: ours };
  };
  const proxy = createServer((incoming, outgoing) => {
    const onward = request(options(incoming), response => {
      outgoing.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  proxy.on('upgrade', (incoming, socket, head) => {
    const onward = request(options(incoming)).end();
    onward.on('upgrade', ({ headers }, upstream, first) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(first);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on('error', () => socket.destroy());
    });
    onward.on('response', () => socket.destroy());
    onward.on('error', () => socket.destroy());
  });
  onTestFinished(() => proxy.closeAllConnections());
  return { port: await occupyPort(0, proxy), received };
}
