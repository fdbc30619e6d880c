import { describe, expect, it } from 'vitest';
import {
  type Asker,
  type Frame,
  forTheLog,
  judgeNavigation,
  mayCarryToken,
  mayFetch,
  mayFillFrame,
  mayFillMainWindow,
  mayOpenPreview,
} from '../../../../desktop/security/core/navigation-policy';

const ORIGIN = 'http://127.0.0.1:5870';

describe('where a link may lead', () => {
  it.each([
    // Our own pages, however they are written.
    ['http://127.0.0.1:5870/', 'stay'],
    ['http://127.0.0.1:5870/chat?with=ada#last', 'stay'],
    ['HTTP://127.0.0.1:5870/', 'stay'],
    ['http://127.1:5870/', 'stay'],
    ['http://0x7f000001:5870/', 'stay'],
    ['http://127.0.0.1.:5870/', 'stay'],
    ['http://127.0.0.1:5870\\@evil.example/', 'stay'],
    // The web belongs in the browser, and so does what only looks like us.
    ['https://cachibot.ai/', 'browser'],
    ['http://cachibot.ai/', 'browser'],
    ['mailto:ada@example.com', 'browser'],
    ['http://127.0.0.1:5870@evil.example/', 'browser'],
    ['http://127.0.0.1%3A5870@evil.example/', 'browser'],
    ['http://127.0.0.1.evil.example:5870/', 'browser'],
    ['http://evil.example/http://127.0.0.1:5870/', 'browser'],
    ['http://evil.example#@127.0.0.1:5870/', 'browser'],
    ['http:\\\\evil.example\\@127.0.0.1:5870/', 'browser'],
    ['https://localhost.evil.example/', 'browser'],
    ['http://[2001:db8::1]:5870/', 'browser'],
    // This machine under another name or port is a way round the origin.
    ['http://127.0.0.1/', 'refuse'],
    ['http://127.0.0.1:5871/', 'refuse'],
    ['https://127.0.0.1:5870/', 'refuse'],
    ['ws://127.0.0.1:5870/', 'refuse'],
    ['http://127.0.0.2:5870/', 'refuse'],
    ['http://127.255.255.255/', 'refuse'],
    ['http://localhost:5870/', 'refuse'],
    ['http://LOCALHOST:5870/', 'refuse'],
    ['http://localhost.:5870/', 'refuse'],
    ['http://anything.localhost:5870/', 'refuse'],
    ['http://anything.localhost.:5870/', 'refuse'],
    ['http://[::1]:5870/', 'refuse'],
    ['http://[0:0:0:0:0:0:0:1]:5870/', 'refuse'],
    ['http://[::ffff:127.0.0.1]:5870/', 'refuse'],
    ['http://[::ffff:7f00:2]/', 'refuse'],
    ['http://0.0.0.0:5870/', 'refuse'],
    ['http://0:5870/', 'refuse'],
    ['http://[::]:5870/', 'refuse'],
    // What runs, reads files or starts programs goes nowhere.
    ['javascript:alert(1)', 'refuse'],
    ['JaVaScRiPt:alert(1)', 'refuse'],
    [' javascript:alert(1)', 'refuse'],
    ['java\nscript:alert(1)', 'refuse'],
    ['javascript://127.0.0.1:5870/%0aalert(1)', 'refuse'],
    ['file:///etc/passwd', 'refuse'],
    ['FILE:///etc/passwd', 'refuse'],
    ['file://127.0.0.1:5870/x', 'refuse'],
    ['data:text/html,<script>alert(1)</script>', 'refuse'],
    ['about:blank', 'refuse'],
    ['chrome://settings', 'refuse'],
    ['devtools://devtools/x.html', 'refuse'],
    ['app://shell/failure.html', 'refuse'],
    ['view-source:http://127.0.0.1:5870/', 'refuse'],
    ['filesystem:http://127.0.0.1:5870/temporary/x', 'refuse'],
    ['ftp://example.com/x', 'refuse'],
    ['smb://example.com/share', 'refuse'],
    ['ms-msdt:/id', 'refuse'],
    ['vscode://file/etc/passwd', 'refuse'],
    ['blob:http://evil.example/1', 'refuse'],
    ['blob:http://127.0.0.1:5871/1', 'refuse'],
    ['not an address', 'refuse'],
    ['//evil.example/', 'refuse'],
    ['/etc/passwd', 'refuse'],
    ['', 'refuse'],
  ])('%j: %s', (target, verdict) => expect(judgeNavigation(target, ORIGIN)).toBe(verdict));

  it('keeps what an agent wrote out of the window that has the bridge, though its `blob:` has our origin', () => {
    expect(judgeNavigation(`blob:${ORIGIN}/8a1f`, ORIGIN)).toBe('refuse');
  });
});

describe('what may fill a frame', () => {
  it.each([
    ['about:blank', true],
    ['about:srcdoc', true],
    [`${ORIGIN}/preview`, true],
    [`blob:${ORIGIN}/8a1f`, true],
    ['about:config', false],
    ['https://evil.example/', false],
    [`${ORIGIN}@evil.example/`, false],
    [`${ORIGIN}.evil.example/`, false],
    ['http://localhost:5870/', false],
    ['http://127.0.0.1:5871/', false],
    ['https://127.0.0.1:5870/', false],
    ['blob:http://evil.example/1', false],
    [`blob:${ORIGIN}.evil.example/1`, false],
    [`blob:${ORIGIN}1/1`, false],
    ['blob:null/1', false],
    ['data:text/html,x', false],
    ['javascript:alert(1)', false],
    ['file:///etc/passwd', false],
    [`filesystem:${ORIGIN}/temporary/x`, false],
    ['', false],
  ])('%j: %s', (target, may) => expect(mayFillFrame(target, ORIGIN)).toBe(may));
});

describe('what may fill the main window', () => {
  it.each([
    ['/', true],
    ['/?theme=dark#top', true],
    ['/login', true],
    ['/default/chats/8f0e-1', true],
    ['/default/plugins/my%20plugin', true],
    ['/settings/', true],
    ['/apiary', true],
    ['/api', false],
    ['/api/', false],
    ['/api/health', false],
    ['/%61pi/health', false],
    ['/x/../api/health', false],
    ['/x/%2e%2e/api/health', false],
    ['/api%2fhealth', false],
    ['/%2561pi/health', false],
    ['/\\api/health', false],
    ['//api/health', false],
    ['/ws', false],
    ['/v1/models', false],
    ['/docs', false],
    ['/openapi.json', false],
    ['/assets/index.js', false],
    ['/favicon.svg', false],
    ['/a%5cb', false],
    ['/a%00', false],
    ['/a%', false],
  ])('%j of ours: %s', (path, may) => expect(mayFillMainWindow(`${ORIGIN}${path}`, ORIGIN)).toBe(may));

  it.each(['https://cachibot.ai/', 'http://127.0.0.1:5871/', `blob:${ORIGIN}/8a1f`, 'about:blank', 'not an address'])(
    '%j: no',
    target => expect(mayFillMainWindow(target, ORIGIN)).toBe(false),
  );
});

describe('what may open a window', () => {
  it.each(['about:blank', '', `blob:${ORIGIN}/8a1f`])('%j: a preview', target => {
    expect(mayOpenPreview(target, ORIGIN)).toBe(true);
  });

  it.each([
    `${ORIGIN}/chat`,
    'https://cachibot.ai/',
    'mailto:ada@example.com',
    `${ORIGIN}@evil.example/`,
    'http://localhost:5870/',
    'blob:https://evil.example/1',
    `blob:${ORIGIN}.evil.example/1`,
    'blob:null/1',
    'about:blank#x',
    'about:srcdoc',
    'data:text/html,x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'app://shell/splash.html',
    'chrome://gpu',
    'ms-msdt:/id',
    'not an address',
  ])('%j: nothing', target => expect(mayOpenPreview(target, ORIGIN)).toBe(false));
});

describe('what the log holds of an address', () => {
  it.each([
    ['https://user:word@example.org:8443/path?secret#part', 'https://example.org:8443/'],
    ['mailto:ada@example.org?subject=secret', 'a mail address'],
    [`${ORIGIN}/api/health`, `${ORIGIN}/api/health`],
    ['app://shell/failure.html', 'app://shell/failure.html'],
    ['not an address', 'not an address'],
    [`data:text/html,${'x'.repeat(1_000)}`, `data:text/html,${'x'.repeat(185)}`],
  ])('%j: %j', (target, logged) => expect(forTheLog(target, ORIGIN)).toBe(logged));
});

describe('what the page may fetch', () => {
  it.each([
    [`${ORIGIN}/api/bots`, true],
    ['ws://127.0.0.1:5870/ws', true],
    [`blob:${ORIGIN}/8a1f`, true],
    ['data:image/png;base64,AA', true],
    ['devtools://devtools/bundled/x.js', true],
    ['https://fonts.googleapis.com/css', false],
    ['http://127.0.0.1:5871/', false],
    ['http://localhost:5870/', false],
    ['https://127.0.0.1:5870/', false],
    ['ws://127.0.0.1:5871/', false],
    ['ws://127.0.0.1:5870@evil.example/', false],
    ['ws://localhost:5870/', false],
    ['wss://127.0.0.1:5870/', false],
    ['blob:https://evil.example/1', false],
    ['blob:null/1', false],
    ['blob:HTTP://127.0.0.1:5870/8a1f', false],
    [`${ORIGIN}@evil.example/`, false],
    ['http://169.254.169.254/latest', false],
    ['file:///etc/passwd', false],
    ['ftp://127.0.0.1:5870/', false],
    ['chrome-extension://abc/x', false],
    ['about:blank', false],
    ['not an address', false],
  ])('%j: %s', (target, may) => expect(mayFetch(target, ORIGIN)).toBe(may));
});

describe('what the token goes with', () => {
  const MAIN = 3;
  const page: Frame = { url: `${ORIGIN}/chat`, origin: ORIGIN };
  const fresh: Frame = { url: '', origin: 'null' };
  const blank: Frame = { url: 'about:blank', origin: ORIGIN };
  const blob: Frame = { url: `blob:${ORIGIN}/8a1f`, origin: ORIGIN };
  const srcdoc: Frame = { url: 'about:srcdoc', origin: ORIGIN };
  const sandboxedSrcdoc: Frame = { url: 'about:srcdoc', origin: 'null' };
  const sandboxed: Frame = { url: `${ORIGIN}/preview`, origin: 'null' };
  const stranger: Frame = { url: 'https://evil.example/', origin: 'https://evil.example' };

  const asks = (changes: Partial<Asker>) =>
    mayCarryToken(
      {
        url: `${ORIGIN}/api/bots`,
        webContentsId: MAIN,
        resourceType: 'xhr',
        frame: page,
        parent: undefined,
        ...changes,
      },
      MAIN,
      ORIGIN,
    );

  it.each<[string, Partial<Asker>]>([
    ['a request of the page', {}],
    ['a WebSocket handshake of the page', { url: 'ws://127.0.0.1:5870/ws', resourceType: 'webSocket' }],
    ['a picture, a script, a style of the page', { resourceType: 'image' }],
    ['the first load of the window, which no page has asked for', { resourceType: 'mainFrame', frame: fresh }],
    ['a reload of the window', { resourceType: 'mainFrame' }],
    ['a request of a frame at our origin inside the page', { frame: page, parent: page }],
    ['a frame of the page that leaves its blank page', { resourceType: 'subFrame', frame: blank, parent: page }],
    ['a frame of the page that goes on at our origin', { resourceType: 'subFrame', frame: page, parent: page }],
    ['a frame that the page fills with one of our own', { resourceType: 'subFrame', frame: fresh, parent: page }],
  ])('%s', (_who, changes) => expect(asks(changes)).toBe(true));

  it.each<[string, Partial<Asker>]>([
    ['another window, the HTML preview say', { webContentsId: 4 }],
    ['a request that no window made', { webContentsId: undefined }],
    ['the first load of another window', { webContentsId: 4, resourceType: 'mainFrame', frame: fresh }],
    ['a request to another origin', { url: 'https://evil.example/' }],
    ['a request to another port', { url: 'http://127.0.0.1:5871/' }],
    ['a request to the same machine by another name', { url: 'http://localhost:5870/' }],
    ['an address that hides another behind our own', { url: `${ORIGIN}@evil.example/` }],
    ['a navigation of the window away', { url: 'https://evil.example/', resourceType: 'mainFrame' }],
    ['a handshake to another port', { url: 'ws://127.0.0.1:5871/ws', resourceType: 'webSocket' }],
    ['a frame that is gone', { frame: undefined }],
    ['a `blob:` frame, though its origin is ours', { frame: blob, parent: page }],
    ['a `srcdoc` frame, though its origin is ours', { frame: srcdoc, parent: page }],
    ['a sandboxed `srcdoc` frame', { frame: sandboxedSrcdoc, parent: page }],
    ['a sandboxed frame, though its address is ours', { frame: sandboxed, parent: page }],
    ['a frame of a stranger', { frame: stranger, parent: page }],
    ['a frame that has navigated nowhere', { frame: fresh, parent: page }],
    ['a window that shows a `blob:`', { frame: blob }],
    ['a frame filled by a `blob:` frame', { resourceType: 'subFrame', frame: fresh, parent: blob }],
    ['a frame filled by a `srcdoc` frame', { resourceType: 'subFrame', frame: fresh, parent: srcdoc }],
    ['a frame filled by a sandboxed frame', { resourceType: 'subFrame', frame: fresh, parent: sandboxed }],
    ['a frame filled by a stranger', { resourceType: 'subFrame', frame: fresh, parent: stranger }],
    ['a frame that is gone and was to be filled', { resourceType: 'subFrame', frame: undefined, parent: page }],
    ['a frame whose surroundings are gone', { resourceType: 'subFrame', frame: fresh, parent: undefined }],
    ['a `blob:` frame that sends itself to our server', { resourceType: 'subFrame', frame: blob, parent: page }],
    ['a `srcdoc` frame that sends itself there', { resourceType: 'subFrame', frame: sandboxedSrcdoc, parent: page }],
    ['a sandboxed frame that sends itself there', { resourceType: 'subFrame', frame: sandboxed, parent: page }],
  ])('not with %s', (_who, changes) => expect(asks(changes)).toBe(false));

  it('goes with nothing while there is no main window', () => {
    const asker: Asker = {
      url: `${ORIGIN}/`,
      webContentsId: undefined,
      resourceType: 'xhr',
      frame: page,
      parent: undefined,
    };
    expect(mayCarryToken(asker, undefined, ORIGIN)).toBe(false);
  });
});
