/** A hostile page sends the shell's requests, asks for permissions, and sends requests with the token. */
// @module-tag linux: uses electron-app.ts

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOWED_SENDER } from '../../desktop/ipc/core/contract';
import { openGuarded, openUnguarded, type Target } from '../drivers/attacked-app';
import { type Attack, defineAttacks, pairs } from '../drivers/attacks';

/** The harmless ones first: without the guards, the first few show that the attack works. */
const CHANNELS = Object.keys(ALLOWED_SENDER).sort(
  (one, other) => Number(other.startsWith('setting')) - Number(one.startsWith('setting')),
);
const ARGUMENTS = [['updateChannel'], ['updateChannel', 'beta'], ['https://a.example/'], [true]];

/** The names that Chromium knows, and what the UI needs of them. */
const PERMISSIONS = [
  'geolocation',
  'notifications',
  'push',
  'midi',
  'camera',
  'background-fetch',
  'background-sync',
  'periodic-background-sync',
  'persistent-storage',
  'accelerometer',
  'gyroscope',
  'magnetometer',
  'ambient-light-sensor',
  'clipboard-read',
  'payment-handler',
  'idle-detection',
  'screen-wake-lock',
  'system-wake-lock',
  'nfc',
  'storage-access',
  'window-management',
  'local-fonts',
  'display-capture',
];

const PLACES = ['srcdoc', 'blob', 'sandboxed', 'data'] as const;
type Place = (typeof PLACES)[number];

/** Runs code in a new frame of the page, and returns the string that it posts. */
async function inFrame({ ui }: Target, place: Place, code: string): Promise<string> {
  return ui.evaluate(
    async ([place, code]) => {
      const html = `<script>(async () => { ${code} })().then(
        value => parent.postMessage('value:' + value, '*'), error => parent.postMessage('value:' + error, '*'))</script>`;
      const frame = document.createElement('iframe');
      if (place === 'srcdoc') frame.srcdoc = html;
      else if (place === 'blob') frame.src = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
      else if (place === 'data') frame.src = `data:text/html,${encodeURIComponent(html)}`;
      else {
        frame.setAttribute('sandbox', 'allow-scripts');
        frame.srcdoc = html;
      }
      const answer = new Promise<string>(resolve => {
        addEventListener('message', ({ data }) => {
          if (String(data).startsWith('value:')) resolve(String(data).slice('value:'.length));
        });
        setTimeout(resolve, 1_000, 'no answer');
      });
      document.body.append(frame);
      const value = await answer;
      frame.remove();
      return value;
    },
    [place, code] as const,
  );
}

/** Makes each try. It got through if it returns a text that says what was reached. */
async function collect<Try>(
  tries: readonly Try[],
  make: (value: Try) => Promise<string | undefined>,
  enough: number,
): Promise<string[]> {
  const through: string[] = [];
  for (const value of tries) {
    const reached = await make(value);
    if (reached !== undefined) through.push(`${JSON.stringify(value)}: ${reached}`.slice(0, 300));
    if (through.length >= enough) break;
  }
  return through;
}

const REQUESTS = pairs(CHANNELS, ARGUMENTS);

/** Sends requests of the shell from a window that has Node.js and another origin: the worst case. */
async function fromForeignWindow({ app, other }: Target, enough: number): Promise<string[]> {
  return app.evaluate(
    async ({ BrowserWindow }, [url, requests, enough]) => {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { nodeIntegration: true, contextIsolation: false, sandbox: false },
      });
      await window.loadURL(url);
      const through: string[] = [];
      for (const [channel, args] of requests) {
        const sent = `require('electron').ipcRenderer.invoke(${[channel, ...args].map(value => JSON.stringify(value)).join()})`;
        const reached: boolean = await window.webContents.executeJavaScript(`${sent}.then(() => true, () => false)`);
        if (reached) through.push(channel);
        if (through.length >= enough) break;
      }
      window.destroy();
      return through;
    },
    [other.url, REQUESTS, enough] as const,
  );
}

const WRONG_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'openV1',
  'openWebhooks',
  'startLimitSeconds',
  'allowedSites',
  'proxy',
  '',
  'updatechannel',
  'x'.repeat(60_000_000),
];
const WRONG_VALUES = [
  ['autoUpdateEnabled', 'yes'],
  ['autoUpdateEnabled', 1],
  ['autoInstallUpdates', { valueOf: 1 }],
  ['updateChannel', 'nightly'],
  ['updateChannel', ['beta']],
  ['updateChannel', { __proto__: null }],
  ['updateChannel', 'x'.repeat(60_000_000)],
] as const;

const attacks: Attack<Target>[] = [
  {
    name: 'another page sends the shell’s requests',
    tried: REQUESTS.length,
    run: fromForeignWindow,
  },
  {
    name: 'the page sets settings that are not its own, or wrong values',
    tried: WRONG_KEYS.length + WRONG_VALUES.length,
    run: async ({ ui, home }, enough) => {
      const file = join(home, '.config', 'CachiBot', 'settings.json');
      const content = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
      const tries = [...WRONG_KEYS.map(key => [key, true] as const), ...WRONG_VALUES];
      const before = content();
      return collect(
        tries,
        async ([key, value]) => {
          const reached = await ui.evaluate(
            ([key, value]) =>
              (window as unknown as { electronAPI: { setSetting(...args: unknown[]): Promise<unknown> } }).electronAPI
                .setSetting(key, value)
                .then(
                  () => true,
                  () => false,
                ),
            [key, value] as const,
          );
          if (reached) return 'accepted';
          return content() === before ? undefined : 'written';
        },
        enough,
      );
    },
  },
  {
    name: 'the page or a frame is granted a permission',
    tried: PERMISSIONS.length * 2,
    run: async (target, enough) => {
      const query = (name: string) =>
        `return navigator.permissions.query({ name: '${name}' }).then(({ state }) => state, () => 'unknown')`;
      return collect(
        pairs(PERMISSIONS, ['page', 'srcdoc'] as const),
        async ([name, place]) => {
          const state =
            place === 'page'
              ? await target.ui.evaluate(code => new Function(code)() as Promise<string>, query(name))
              : await inFrame(target, place, query(name));
          return state === 'granted' ? state : undefined;
        },
        enough,
      );
    },
  },
  {
    name: 'a frame sends a request with the token',
    tried: PLACES.length * 3,
    run: (target, enough) =>
      collect(
        pairs(PLACES, ['GET', 'POST', 'navigation'] as const),
        async ([place, method]) => {
          const url = 'http://127.0.0.1:5870/api/secret';
          const code =
            method === 'navigation'
              ? `const frame = document.createElement('iframe'); frame.src = '${url}'; document.body.append(frame);
                 await new Promise(resolve => { frame.onload = resolve; setTimeout(resolve, 300); });
                 return frame.contentDocument?.body.textContent ?? 'another origin'`
              : `return fetch('${url}', { method: '${method}' }).then(answer => answer.text(), String)`;
          const text = await inFrame(target, place, code);
          return text === '{}' ? 'the response' : undefined;
        },
        enough,
      ),
  },
  {
    name: 'the page reaches another program on this machine',
    tried: 8,
    run: (target, enough) => {
      const { url } = target.other;
      const means = {
        fetch: `return fetch('${url}')`,
        'fetch without CORS': `return fetch('${url}', { mode: 'no-cors' })`,
        beacon: `navigator.sendBeacon('${url}')`,
        picture: `new Image().src = '${url}'`,
        script: `document.body.append(Object.assign(document.createElement('script'), { src: '${url}' }))`,
        style: `document.head.insertAdjacentHTML('beforeend', '<link rel=stylesheet href=${url}>')`,
        socket: `new WebSocket('${url}'.replace('http', 'ws'))`,
        events: `new EventSource('${url}')`,
      };
      return collect(
        Object.entries(means),
        async ([, code]) => {
          const before = target.other.requests.length;
          await target.ui.evaluate(code => {
            try {
              return Promise.resolve(new Function(code)()).catch(() => {});
            } catch {
              return undefined; // refused
            }
          }, code);
          await target.ui.waitForTimeout(200);
          return target.other.requests.length > before ? 'a request' : undefined;
        },
        enough,
      );
    },
  },
];

defineAttacks({ guarded: openGuarded, unguarded: openUnguarded }, attacks);
