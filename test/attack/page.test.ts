/** A hostile script in the app's page: whatever it tries, it reaches no other page, no permission and no request of the shell. */
// @module-tag linux: uses electron-app.ts

import type { ElectronApplication, Page } from 'playwright-core';
import { openGuarded, openUnguarded, type Target, takeSeen } from '../drivers/attacked-app';
import { type Attack, defineAttacks, pairs } from '../drivers/attacks';
import { diary, UI } from '../drivers/electron-app';

/** Addresses that neither the window nor a frame may show. `OTHER` is the other program's. */
const FOREIGN = [
  'OTHER',
  'OTHERpath?query#hash',
  'http://localhost:5870/',
  'http://127.0.0.1:5871/',
  'http://user:password@127.0.0.1:5870/',
  'http://user@127.0.0.1:5870/',
  'https://127.0.0.1:5870/',
  'http://[::1]:5870/',
  'http://0.0.0.0:5870/',
  'http://127.1:1/',
  'https://a.example/',
  'https://127.0.0.1.a.example/',
  'data:text/html,<title>data</title>',
  'file:///etc/passwd',
  'app://shell/failure.html',
  'chrome://gpu/',
  'devtools://devtools/bundled/inspector.html',
  'view-source:http://127.0.0.1:5870/',
  'about:blank#x',
  'ftp://a.example/',
  'smb://server/share',
  'ms-settings:privacy',
  'vscode://file/etc/passwd',
  'x-unknown:1',
] as const;
/** Addresses of our own server that are not pages of the UI. */
const NO_PAGES = [
  'api/health',
  'api/desktop/activity',
  '%61pi/health',
  'api',
  'ws',
  'v1/models',
  'docs',
  'redoc',
  'openapi.json',
  'assets/index.js',
  'favicon.svg',
  'api%2fhealth',
  'cached%00',
].map(path => `${UI}${path}`);

const MEANS = ['location', 'form', 'post', 'refresh', 'link'] as const;
type Means = (typeof MEANS)[number];

/** Runs in the page: sends it, or another target, to an address. */
function goTo([means, address, target]: readonly [Means, string, string]): void {
  const add = (html: string) => document.body.insertAdjacentHTML('beforeend', html);
  document.getElementById('bait')?.remove();
  const form = (method: string) => {
    const element = document.createElement('form');
    Object.assign(element, { id: 'bait', action: address, method, target });
    document.body.append(element);
    element.submit();
  };
  if (means === 'location') location.href = address;
  else if (means === 'form') form('get');
  else if (means === 'post') form('post');
  else if (means === 'refresh')
    document.head.insertAdjacentHTML('beforeend', `<meta http-equiv="refresh" content="0;url=${address}">`);
  else {
    add('<a id="bait">bait</a>');
    Object.assign(document.getElementById('bait') ?? {}, { href: address, target });
    document.getElementById('bait')?.click();
  }
}

/** Time in which a navigation that is allowed has begun, on a busy machine too. The last check waits longer. */
const SETTLE_MS = 60;
const LAST_MS = 1_500;

/** Makes each try in the page. A try got through if the app shows or opens something. */
async function tryEach<Try>(
  { app, ui }: Target,
  tries: readonly Try[],
  make: (ui: Page, value: Try) => Promise<unknown>,
  enough: number,
): Promise<string[]> {
  const through: string[] = [];
  await takeSeen(app);
  for (const [at, value] of tries.entries()) {
    await make(ui, value).catch(() => {}); // the page has gone, which `seen` tells
    await ui.waitForTimeout(at === tries.length - 1 ? LAST_MS : SETTLE_MS);
    const seen = await takeSeen(app);
    through.push(...seen.map(what => `${JSON.stringify(value)}: ${what}`));
    if (seen.length > 0) await home(app);
    if (through.length >= enough) break;
  }
  await home(app);
  return through;
}

/** Closes other windows, and loads the UI again. */
async function home(app: ElectronApplication): Promise<void> {
  await app.evaluate(async ({ BrowserWindow }, url) => {
    const visible = BrowserWindow.getAllWindows().filter(window => window.isVisible());
    const [main, ...others] = visible.sort((one, other) => one.id - other.id);
    for (const window of others) window.close();
    await main?.webContents.loadURL(url).catch(() => {});
  }, UI);
  await takeSeen(app);
}

const resolved = (address: string, { other }: Target) => address.replace('OTHER', other.url);
const ADDRESSES = [...FOREIGN, ...NO_PAGES];

/** Without blank pages, which no event announces: `test/real/security/main-window.test.ts` has the UI replace them. */
const NAVIGATIONS = pairs(
  MEANS,
  ADDRESSES.filter(address => !address.startsWith('about:')),
);
const WINDOWS = pairs(['open', 'form', 'post', 'link'] as const, ADDRESSES);

const MACHINE_PATHS = ['machine', 'machine?x', '%6dachine', './machine'].map(name => `${UI}api/desktop/${name}`);
const REPORTS = pairs(['fetch', 'no-cors', 'request', 'beacon'] as const, MACHINE_PATHS);

/** Reports another PATH to the server, from the page. @returns the ways in which the server got a report */
async function report({ ui, home }: Target, enough: number): Promise<string[]> {
  const received = () => diary(home).filter(({ event, zone }) => event === 'machine' && zone === 'Hostile/Zone');
  const through: string[] = [];
  for (const [means, address] of REPORTS) {
    const before = received().length;
    await ui.evaluate(
      async ([means, address]) => {
        const body = JSON.stringify({ zone: 'Hostile/Zone', environment: { PATH: '/tmp/hostile' } });
        if (means === 'beacon') navigator.sendBeacon(address, body);
        else if (means === 'request') {
          const request = new XMLHttpRequest();
          request.open('POST', address);
          request.send(body);
        } else
          await fetch(address, { method: 'POST', body, mode: means === 'fetch' ? 'cors' : 'no-cors' }).catch(() => {});
      },
      [means, address] as const,
    );
    await ui.waitForTimeout(SETTLE_MS);
    if (received().length > before) through.push(`${means} ${address}`);
    if (through.length >= enough) break;
  }
  return through;
}

const attacks: Attack<Target>[] = [
  { name: 'the page reports another PATH to the server', tried: REPORTS.length, run: report },
  {
    name: 'the window goes to another page',
    tried: NAVIGATIONS.length,
    run: (target, enough) =>
      tryEach(
        target,
        NAVIGATIONS,
        (ui, [means, address]) => ui.evaluate(goTo, [means, resolved(address, target), ''] as const),
        enough,
      ),
  },
  {
    name: 'a new window, or the browser, opens',
    tried: WINDOWS.length,
    run: (target, enough) =>
      tryEach(
        target,
        WINDOWS,
        (ui, [means, address]) =>
          means === 'open'
            ? ui.evaluate(url => void window.open(url), resolved(address, target))
            : ui.evaluate(goTo, [means, resolved(address, target), '_blank'] as const),
        enough,
      ),
  },
  {
    name: 'a frame shows another page',
    tried: ADDRESSES.length,
    run: (target, enough) =>
      tryEach(
        target,
        ADDRESSES,
        (ui, address) =>
          ui.evaluate(
            url => {
              document.getElementById('frame')?.remove();
              const frame = document.createElement('iframe');
              Object.assign(frame, { id: 'frame', src: url });
              document.body.append(frame);
            },
            resolved(address, target),
          ),
        enough,
      ),
  },
];

defineAttacks({ guarded: openGuarded, unguarded: openUnguarded }, attacks);
