/** The server as the shell starts it, and CachiBot's own, which has no gateway, for attacks by other programs. */

import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startServer } from '../../scripts/bench/server-start.mjs';
import { besidePython } from '../../scripts/setup/python.mjs';
import type { OnClose, Open } from './attacks';
import { python, serverScript } from './electron-app';

export interface AttackedServer {
  port: number;
  token: string;
}

export const openOurServer: Open<AttackedServer> = onClose => openServer([python(), serverScript], 200, onClose);

/** Our server, before CachiBot is loaded. */
export const openStartingServer: Open<AttackedServer> = onClose => openServer([python(), serverScript], 503, onClose);

export const openStockServer: Open<AttackedServer> = onClose =>
  openServer([besidePython(python(), 'cachibot'), 'server'], 200, onClose);

const START_MS = 90_000;

/** Starts a server, and waits until its health has this status. */
export async function openServer(command: string[], status: number, onClose: OnClose): Promise<AttackedServer> {
  const home = mkdtempSync(join(tmpdir(), 'cachibot-attack-'));
  onClose(() => rmSync(home, { recursive: true, force: true }));
  const env = { PATH: process.env['PATH'], HOME: home, CACHIBOT_TELEMETRY_DISABLED: '1', CACHIBOT_WORKSPACE: home };
  const { child, exited, port, token } = await startServer(command, env, { processGroup: true });
  child.stderr.resume();
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  onClose(async () => {
    if (child.pid === undefined || hasExited()) return;
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  });
  const deadline = performance.now() + START_MS;
  while (!(await send(port, `GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)).startsWith(`HTTP/1.1 ${status}`)) {
    if (performance.now() > deadline || hasExited())
      throw new Error(`${command.join(' ')} has not responded with ${status}.`);
    await pause(20);
  }
  return { port, token };
}

const RESPONSE_MS = 10_000;

/** Sends text as it is, and returns the start of the response; empty if the connection is refused or closed. */
export function send(port: number, text: string): Promise<string> {
  return new Promise(resolve => {
    let response = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text, 'latin1'));
    const end = () => {
      socket.destroy();
      resolve(response);
    };
    socket.setTimeout(RESPONSE_MS, end).setEncoding('latin1');
    socket.on('error', end).on('close', end);
    socket.on('data', data => {
      response += data;
      // The whole response is not needed: its status, and the beginning of a file.
      if (/\r\n\r\n./s.test(response) || /^HTTP\/1.1 (101|204|304)/.test(response)) setTimeout(end, 20);
    });
  });
}
