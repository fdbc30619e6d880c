/** Connections of another program on this machine that would hold the server up: handshakes, silence, endless headers. */
// @module-tag linux: uses electron-app.ts

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type AttackedServer, openOurServer, openStockServer, send } from '../drivers/attacked-server';
import { type Attack, defineAttacks } from '../drivers/attacks';

interface Handshake {
  name: string;
  request: string;
  token: boolean;
  lines: readonly string[];
  status: number;
}

interface SlowConnection {
  name: string;
  first: string;
  then: string;
  everyMs: number;
}

function read<Case>(file: string): Case[] {
  return JSON.parse(readFileSync(join(__dirname, 'gateway', file), 'utf8'));
}

const HANDSHAKES = read<Handshake>('handshakes.json').filter(({ status }) => status >= 400);
const SLOW = read<SlowConnection>('slow-connections.json');

/** The server's own limits, and time for a busy machine. */
const HEADER_MS = 5_000 + 3_000;
const MAX_SILENT = 64;
const SILENT = 300;
const CLOSED_AFTER_MS = 3_000;

function filled(text: string, { port, token }: AttackedServer): string {
  const values = {
    host: `127.0.0.1:${port}`,
    token,
    login: '',
    key: 'AAAAAAAAAAAAAAAAAAAAAA==',
    long: 'A'.repeat(9_000),
    many: Array.from({ length: 130 }, (_, at) => `X-${at}: 1`).join('\r\n'),
  };
  return text.replace(/\{(host|token|login|key|long|many)\}/g, (_, name: keyof typeof values) => values[name]);
}

/** Sends each handshake. One gets through if it is not refused: accepted, never answered, or an error of the server. */
async function tryHandshakes(server: AttackedServer): Promise<string[]> {
  const statuses = HANDSHAKES.map(async ({ name, request, token, lines }) => {
    const head = [request, 'Host: {host}', ...(token ? ['X-CachiBot-Token: {token}'] : []), ...lines, '', ''];
    const response = await send(server.port, filled(head.join('\r\n'), server));
    return /^HTTP\/1\.[01] 4\d\d/.test(response) ? [] : [`${name}: ${response.slice(0, 60)}`];
  });
  return (await Promise.all(statuses)).flat();
}

/** Opens each connection, and continues to send. One gets through if the server has not closed it in time. */
async function trySlowConnections(server: AttackedServer): Promise<string[]> {
  const open = SLOW.map(async ({ name, first, then, everyMs }) => {
    const socket = openSocket(server.port);
    socket.write(filled(first, server), 'latin1');
    const text = filled(then, server);
    // Without a limit of its own, a flood would fill the memory of this process.
    const timer = setInterval(() => socket.writableLength < 1_000_000 && socket.write(text, 'latin1'), everyMs);
    const closed = await Promise.race([isClosed(socket), pause(HEADER_MS).then(() => false)]);
    clearInterval(timer);
    socket.destroy();
    return closed ? [] : [name];
  });
  return (await Promise.all(open)).flat();
}

/** Opens many connections at once. All that stay open beside those that the server allows got through. */
async function trySilentConnections({ port }: AttackedServer): Promise<string[]> {
  const sockets = Array.from({ length: SILENT }, () => openSocket(port));
  await pause(CLOSED_AFTER_MS);
  const open = sockets.filter(socket => socket.readyState === 'open');
  for (const socket of sockets) socket.destroy();
  return open.slice(MAX_SILENT).map(socket => `a connection from port ${socket.localPort}`);
}

function openSocket(port: number): Socket {
  // The server may end a connection while something is being sent.
  return connect({ port, host: '127.0.0.1' }).on('error', () => {});
}

function isClosed(socket: Socket): Promise<boolean> {
  socket.resume();
  return new Promise(resolve => socket.once('close', () => resolve(true)));
}

const attacks: Attack<AttackedServer>[] = [
  { name: 'an invalid handshake is accepted, or never answered', tried: HANDSHAKES.length, run: tryHandshakes },
  { name: 'a connection without a complete header stays open', tried: SLOW.length, run: trySlowConnections },
  { name: 'silent connections stay open, beside 64', tried: SILENT - MAX_SILENT, run: trySilentConnections },
];

defineAttacks({ guarded: openOurServer, unguarded: openStockServer }, attacks);
