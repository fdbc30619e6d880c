/** The desktop's proxies and the time zone reach the server. Chromium reads them from the files of a real desktop. */
// @module-tag linux: uses electron-app.ts

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { dirname, join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  diary,
  mainLog,
  occupyPort,
  python,
  serverScript,
  shownUi,
  spawnApp,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { processesOf } from '../../drivers/processes';
import { makeAccount, say } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

const ADDRESSES = ['https://api.openai.com', 'http://llm.corp.example'];

/** A change is reported sooner. */
const SOON_MS = 1_500;

const WITHOUT_PROXY = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']
    .flatMap(name => [name, name.toLowerCase()])
    .map(name => [name, '']),
);

/** The file in which a desktop stores its proxy settings, and its content. */
const DESKTOPS = {
  GNOME: {
    env: { XDG_CURRENT_DESKTOP: 'GNOME', GSETTINGS_BACKEND: 'keyfile' },
    file: 'glib-2.0/settings/keyfile',
    none: "[system/proxy]\nmode='none'\n",
    manual: (host: string, port: number) =>
      `[system/proxy]\nmode='manual'\nignore-hosts=['*.corp.example']\n` +
      `[system/proxy/http]\nhost='${host}'\nport=${port}\n[system/proxy/https]\nhost='${host}'\nport=${port}\n`,
    script: (url: string) => `[system/proxy]\nmode='auto'\nautoconfig-url='${url}'\n`,
  },
  KDE: {
    env: { XDG_CURRENT_DESKTOP: 'KDE', KDE_SESSION_VERSION: '6' },
    file: 'kioslaverc',
    none: '[Proxy Settings]\nProxyType=0\n',
    manual: (host: string, port: number) =>
      `[Proxy Settings]\nProxyType=1\nhttpProxy=http://${host} ${port}\nhttpsProxy=http://${host} ${port}\n` +
      'NoProxyFor=.corp.example\n',
    script: (url: string) => `[Proxy Settings]\nProxyType=2\nProxy Config Script=${url}\n`,
  },
};

function write(home: string, desktop: keyof typeof DESKTOPS, text: string): void {
  const file = join(home, '.config', DESKTOPS[desktop].file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Serves a script of automatic configuration, which chooses a proxy for each address. @returns its URL */
async function openScript(text: string): Promise<string> {
  const type = { 'Content-Type': 'application/x-ns-proxy-autoconfig' };
  const server = createServer((_request, response) => response.writeHead(200, type).end(text));
  return `http://127.0.0.1:${await occupyPort(0, server)}/proxy.pac`;
}

/** Sets the machine's time zone. Call it after /etc is replaced by a mount of this test file's own. */
function setZone(name: string): void {
  execFileSync('ln', ['-sfn', `/usr/share/zoneinfo/${name}`, '/etc/localtime']);
}

function lastReport(home: string): { zone: unknown; proxies: unknown } | undefined {
  const report = diary(home).findLast(({ event }) => event === 'machine');
  return report && { zone: report['zone'], proxies: report['proxies'] };
}

/** Focuses a window, which makes the app report at once instead of within a minute. @returns the last report */
async function reportNow(app: ElectronApplication, home: string) {
  await app.evaluate(({ app }) => app.emit('browser-window-focus'));
  return lastReport(home);
}

const proxies = (openai: string | null, corp: string | null) => ({
  'https://api.openai.com': openai,
  'http://llm.corp.example': corp,
});

it.each(['GNOME', 'KDE'] as const)('reports the proxies and the time zone, and their changes: %s', async desktop => {
  execFileSync('sh', ['-c', 'mount -t tmpfs none /mnt && cp -a /etc/. /mnt && mount --bind /mnt /etc']);
  onTestFinished(() => void execFileSync('umount', ['/etc', '/mnt']));
  setZone('Europe/Madrid');
  const { env, none, manual, script } = DESKTOPS[desktop];
  const home = temporaryFolder();
  write(home, desktop, manual('proxy.example', 8080));
  const app = await startApp({
    home,
    server: 'healthy',
    env: { ...WITHOUT_PROXY, ...env, SCRIPTED_ADDRESSES: ADDRESSES.join(' ') },
  });
  const reported = (zone: string, of: object) =>
    expect.poll(() => reportNow(app, home), { timeout: 60_000, interval: 500 }).toEqual({ zone, proxies: of });
  await reported('Europe/Madrid', proxies('http://proxy.example:8080', null));

  const choose = `function FindProxyForURL(url, host) {
    return host === 'api.openai.com' ? 'SOCKS5 10.0.0.1:1080; DIRECT' : 'PROXY 10.0.0.2:3128';
  }`;
  write(home, desktop, script(await openScript(choose)));
  setZone('America/New_York');
  await reported('America/New_York', proxies('socks5h://10.0.0.1:1080', 'http://10.0.0.2:3128'));

  write(home, desktop, none);
  await reported('America/New_York', proxies(null, null));
});

it('reports again when the page has changed something in the server', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  const reports = () => diary(home).filter(({ event }) => event === 'machine').length;
  await expect.poll(reports, { timeout: 20_000 }).toBeGreaterThan(0);
  await ui.waitForTimeout(SOON_MS);
  const before = reports();
  await ui.evaluate(() => fetch('/api/config'));
  await ui.waitForTimeout(SOON_MS);
  expect(reports(), 'after a request that changes nothing').toBe(before);
  await ui.evaluate(() => fetch('/api/config', { method: 'POST' }));
  await expect.poll(reports).toBe(before + 1);
});

/** Writes a login shell that records each start in the home, and sets variables. @returns its path */
function writeShell(home: string): string {
  const shell = join(home, 'shell');
  const lines = ['PATH="/opt/brew/bin:$PATH"', 'LANG=es_ES.UTF-8', 'HTTPS_PROXY=http://proxy.example:1', 'KEY=secret'];
  writeFileSync(
    shell,
    `#!/bin/sh\necho started >> '${shell}-starts'\necho Welcome\nexport ${lines.join(' ')}\nfor command; do :; done\neval "$command"\n`,
  );
  chmodSync(shell, 0o755);
  return shell;
}

it.each([
  ['from a menu', '', {}, ['PATH', 'LANG', 'HTTPS_PROXY']],
  ['from a menu, with a proxy in the settings', '', { proxy: 'direct' }, ['PATH', 'LANG', 'HTTPS_PROXY']],
  ['from a menu, with the setting off', '', { loginShell: false }, undefined],
  ['from a terminal', 'xterm', {}, undefined],
])('reports variables of the login shell when started %s', async (_from, TERM, settings, names) => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(join(home, '.config', 'CachiBot', 'settings.json'), JSON.stringify(settings));
  const app = await startApp({
    home,
    server: 'healthy',
    env: { ...WITHOUT_PROXY, TERM, SHELL: writeShell(home), PATH: '/usr/bin:/bin' },
  });
  await expect.poll(() => reportNow(app, home), { timeout: 60_000, interval: 500 }).toBeDefined();
  const environment = () => diary(home).findLast(({ event }) => event === 'machine')?.['environment'];
  if (names === undefined) {
    await new Promise(resolve => setTimeout(resolve, 2_000));
    await reportNow(app, home);
    expect(environment()).toBeUndefined();
    return;
  }
  await expect.poll(environment, { timeout: 20_000 }).toBeDefined();
  expect(Object.keys(environment() ?? {}).sort()).toEqual([...names].sort());
  expect(environment()).toMatchObject({ PATH: '/opt/brew/bin:/usr/bin:/bin', LANG: 'es_ES.UTF-8' });
});

it('reads the login shell once, also if the server restarts', async () => {
  const home = temporaryFolder();
  const env = { ...WITHOUT_PROXY, TERM: '', SHELL: writeShell(home), PATH: '/usr/bin:/bin' };
  await startApp({ home, server: 'healthy', env });
  const reports = () => diary(home).filter(({ event, environment }) => event === 'machine' && environment);
  const servers = () => [...new Set(reports().map(({ pid }) => pid))];
  await expect.poll(servers, { timeout: 60_000 }).toHaveLength(1);
  process.kill(servers()[0]!, 'SIGKILL');
  await expect.poll(servers, { timeout: 20_000 }).toHaveLength(2);
  expect(readFileSync(join(home, 'shell-starts'), 'utf8')).toBe('started\n');
});

it('starts the server while a login shell hangs, and ends the shell when the app is killed', async () => {
  const home = temporaryFolder();
  const shell = join(home, 'shell');
  writeFileSync(shell, '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
  const env = { ...WITHOUT_PROXY, TERM: '', SHELL: shell };
  const { child, exited } = spawnApp({ home, server: 'healthy', env });
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"phase":"ready"');
  const sleeping = () => processesOf(home).filter(({ args }) => args.join(' ') === 'sleep 60').length;
  await expect.poll(sleeping, { timeout: 60_000 }).toBe(1);
  child.kill('SIGKILL');
  await exited;
  await expect.poll(sleeping, { timeout: 5_000 }).toBe(0);
});

/** Starts a proxy that forwards every request to `port`. @returns its own port, and the hosts of the requests */
async function openProxy(port: number) {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { hostname, pathname } = new URL(incoming.url ?? '');
    asked.push(hostname);
    const { method, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, path: pathname, method, headers }, answer => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  return { asked, port: await occupyPort(0, server) };
}

it('reaches a model through the proxy of the desktop, and through another after a change', {
  tags: 'left-to-ci',
  timeout: 300_000,
}, async () => {
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const [first, second] = await Promise.all(
    [0, 1].map(() => openProxy(Number(new URL(model.env.OLLAMA_ENDPOINT).port))),
  );
  if (!first || !second) throw new Error('A proxy was not started.');
  const choose = `function FindProxyForURL(url, host) {
    return host === 'model.example' ? 'PROXY 127.0.0.1:${first.port}' : 'DIRECT';
  }`;
  write(home, 'KDE', DESKTOPS.KDE.script(await openScript(choose)));
  const app = await startApp({
    server: [python(), serverScript],
    home,
    env: {
      ...WITHOUT_PROXY,
      ...DESKTOPS.KDE.env,
      ...model.env,
      OLLAMA_ENDPOINT: 'http://model.example/api/generate',
    },
  });
  const ui = await makeAccount(app, home);
  await say(ui, 'Through the first?');
  await ui.getByText('You said: Through the first?').first().waitFor({ timeout: 60_000 });
  expect(first.asked).toContain('model.example');

  write(home, 'KDE', DESKTOPS.KDE.manual('127.0.0.1', second.port));
  const asked = first.asked.length;
  await expect
    .poll(
      async () => {
        await reportNow(app, home); // the user comes back from the system's settings
        await say(ui, 'Through the second?');
        await ui.waitForTimeout(3_000);
        return second.asked;
      },
      { timeout: 60_000 },
    )
    .toContain('model.example');
  await ui.getByText('You said: Through the second?').first().waitFor({ timeout: 60_000 });
  expect(first.asked.length - asked).toBeLessThan(5);
});
