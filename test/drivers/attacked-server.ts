/** The server as the shell starts it, and CachiBot's own, which has no gateway, for attacks by other programs. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { besidePython } from '../../scripts/setup/python.mjs';
import type { Opened } from './attacks';
import { freePort, python, serverScript } from './electron-app';

export interface AttackedServer {
  port: number;
  token: string;
}

/** Our server. `early`: does not wait until CachiBot is loaded. */
export async function openOurServer({ early = false } = {}): Promise<Opened<AttackedServer>> {
  return open([python(), serverScript], early ? 503 : 200);
}

export const openStockServer = () => open([besidePython(python(), 'cachibot'), 'server'], 200);

const START_MS = 90_000;

async function open([file = '', ...args]: string[], status: number): Promise<Opened<AttackedServer>> {
  const home = mkdtempSync(join(tmpdir(), 'cachibot-attack-'));
  const port = await freePort();
  const token = randomBytes(32).toString('hex');
  const child = spawn(file, [...args, '--host', '127.0.0.1', '--port', String(port)], {
    cwd: home,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      CACHIBOT_DESKTOP: 'true',
      CACHIBOT_TELEMETRY_DISABLED: '1',
      CACHIBOT_WORKSPACE: home,
      _CACHIBOT_PORT: String(port),
    },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Stock CachiBot does not read its stdin.
  child.stdin.on('error', () => {}).write(`${token}\n`);
  const exited = new Promise(resolve => child.once('exit', resolve));
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-Number(child.pid), 'SIGKILL');
      await exited;
    }
    rmSync(home, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_MS;
  while (!(await send(port, `GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)).startsWith(`HTTP/1.1 ${status}`)) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await close();
      throw new Error(`${file} ${args.join(' ')} has not responded with ${status}.`);
    }
    await pause(20);
  }
  return { target: { port, token }, close };
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
