/** The server of an app that is installed under wine, used without the app: by its API, as another version's data. */

import { join } from 'node:path';
import { startServer } from '../../scripts/bench/server-start.mjs';
import { until } from './poll';
import type { WineTestbed } from './wine-testbed';

const READY_MS = 180_000;
const STOP_MS = 20_000;
const ACCOUNT = { email: 'ada@example.org', username: 'ada', password: 'ab'.repeat(32) };
const NOW = '2026-01-01T00:00:00Z';

export interface InstalledServer {
  /** Creates the first account and a bot. @returns the login */
  signUp(bot: string): Promise<string>;
  /** @returns the name of the account and the IDs of its bots */
  read(login: string): Promise<{ username: string; bots: string[] }>;
  /** Lets it exit. @returns its exit code */
  stop(): Promise<unknown>;
  /** @returns its exit code, once it has exited by itself */
  exited: Promise<unknown>;
  kill(): void;
}

/** Starts the installed server as the app does, and waits until it is ready. */
export async function startInstalledServer(
  testbed: Pick<WineTestbed, 'wine' | 'programs' | 'user'>,
): Promise<InstalledServer> {
  const { wine, env } = testbed.wine;
  const program = join(testbed.programs, 'resources', 'backend', 'cachibot-server.exe');
  const own = { CACHIBOT_TELEMETRY_DISABLED: '1', CACHIBOT_WORKSPACE: `C:\\users\\${testbed.user}\\CachiBot` };
  const { child, exited, port, token } = await startServer([wine, program], { ...env, ...own });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', text => (errors += text));

  async function request(
    path: string,
    { login, ...options }: RequestInit & { login?: string } = {},
  ): Promise<Response> {
    const authorization: Record<string, string> = login === undefined ? {} : { Authorization: `Bearer ${login}` };
    const headers = { 'X-CachiBot-Token': token, 'Content-Type': 'application/json', ...authorization };
    return fetch(`http://127.0.0.1:${port}${path}`, { ...options, headers });
  }
  async function json(path: string, options?: Parameters<typeof request>[1]) {
    const response = await request(path, options);
    if (!response.ok) throw new Error(`${path} has status ${response.status}: ${await response.text()}`);
    return response.json();
  }

  await until(
    'the installed server',
    async () => {
      if (child.exitCode !== null) throw new Error(`It exited with code ${child.exitCode}: ${errors}`);
      return (await request('/api/health').catch(() => undefined))?.status === 200;
    },
    { limitMs: READY_MS, pauseMs: 100, actual: () => errors },
  );
  return {
    async signUp(bot) {
      const { access_token: login } = await json('/api/auth/setup', { method: 'POST', body: JSON.stringify(ACCOUNT) });
      const body = { id: bot, name: bot, model: 'ollama/none', systemPrompt: '', createdAt: NOW, updatedAt: NOW };
      await json(`/api/bots/${bot}`, { method: 'PUT', body: JSON.stringify(body), login });
      return login;
    },
    async read(login) {
      const { username } = await json('/api/auth/me', { login });
      const bots: { id: string }[] = await json('/api/bots', { login });
      return { username, bots: bots.map(({ id }) => id) };
    },
    async stop() {
      child.stdin.end();
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const code = await exited;
      clearTimeout(limit);
      return code;
    },
    exited,
    kill: () => void child.kill('SIGKILL'),
  };
}
