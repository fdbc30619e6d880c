/** An HTTP server on this machine that records every request it receives. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  /** The HTTP method, or `upgrade` for a WebSocket. */
  method: string;
  path: string;
  /** Whether it contains the header of the server's token. */
  hasToken: boolean;
  /** Method, path and all headers. */
  text: string;
}

export interface RecordingServer {
  port: number;
  /** `http://127.0.0.1:PORT/` */
  url: string;
  requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

export interface RecordingServerOptions {
  /** A free one by default. */
  port?: number;
  host?: string;
  /** Sends the response. By default it is an empty 200. */
  respond?: (request: IncomingMessage, response: ServerResponse) => unknown;
}

/** @throws Error when the port is taken */
export async function openRecordingServer(options: RecordingServerOptions = {}): Promise<RecordingServer> {
  const { port: wanted = 0, host = '127.0.0.1', respond = (_request, response) => response.end() } = options;
  const requests: RecordedRequest[] = [];
  const record = (method: string, { url = '', headers, rawHeaders }: IncomingMessage) => {
    const hasToken = 'x-cachibot-token' in headers;
    requests.push({ method, path: url, hasToken, text: [`${method} ${url}`, ...rawHeaders].join('\n') });
  };
  const server = createServer((request, response) => {
    record(request.method ?? '', request);
    respond(request, response);
  });
  for (const event of ['upgrade', 'connect'] as const)
    server.on(event, (request, socket) => {
      record(event, request);
      socket.destroy();
    });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: wanted, host, exclusive: true }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    requests,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
