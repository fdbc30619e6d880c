import { describe, expect, it } from 'vitest';
import {
  addressForLog,
  type Frame,
  isPrinted,
  judgeNavigation,
  mayCarryToken,
  mayFetch,
  mayLoadInFrame,
  mayLoadInMainWindow,
  mayOpenPreview,
  maySend,
  type RequestFacts,
} from '../../../../desktop/security/core/navigation-policy';

const ORIGIN = 'http://127.0.0.1:5870';
const CONTENT = `${ORIGIN}/desktop/content`;

describe('judgeNavigation', () => {
  it.each([
    // Our own pages, in every notation.
    ['http://127.0.0.1:5870/', 'stay'],
    ['http://127.0.0.1:5870/chat?with=ada#last', 'stay'],
    ['HTTP://127.0.0.1:5870/', 'stay'],
    ['http://127.1:5870/', 'stay'],
    ['http://0x7f000001:5870/', 'stay'],
    ['http://127.0.0.1.:5870/', 'stay'],
    ['http://127.0.0.1:5870\\@evil.example/', 'stay'],
    // Web sites open in the browser, also those whose address only resembles ours.
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
    // This machine under another name or port would bypass the check of the origin.
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
    // Addresses that run scripts, read files or start programs are refused.
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

  it('refuses a preview in the window with the bridge, although its `blob:` has our origin', () => {
    expect(judgeNavigation(`blob:${ORIGIN}/8a1f`, ORIGIN)).toBe('refuse');
  });
});

describe('mayLoadInFrame', () => {
  it.each([
    ['about:blank', true],
    ['about:srcdoc', true],
    [`${ORIGIN}/preview`, true],
    [`${ORIGIN}/desktop/content`, true],
    [`${ORIGIN}/desktop/content?print`, true],
    [`${ORIGIN}/desktop/content?other`, false],
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
    [`${ORIGIN}/api/health`, false],
    [`${ORIGIN}/api/plugins/external/x/static/renderer.html`, false],
    [`${ORIGIN}/ws`, false],
    [`${ORIGIN}/v1/models`, false],
    [`${ORIGIN}/docs`, false],
    ['http://ada@127.0.0.1:5870/', false],
    ['data:text/html,x', false],
    ['javascript:alert(1)', false],
    ['file:///etc/passwd', false],
    [`filesystem:${ORIGIN}/temporary/x`, false],
    ['', false],
  ])('%j: %s', (target, may) => expect(mayLoadInFrame(target, ORIGIN, '')).toBe(may));

  it.each([
    ['/desktop/content', true],
    ['/', false],
    ['/?data', false],
    ['/api/health', false],
  ])('in a frame with content, %j: %s', (path, may) => {
    for (const hash of ['', '#x', '#long'])
      expect(mayLoadInFrame(`${ORIGIN}${path}`, ORIGIN, `${ORIGIN}/desktop/content${hash}`)).toBe(may);
    expect(mayLoadInFrame(`${ORIGIN}${path}`, ORIGIN, undefined), 'in a frame that is gone').toBe(may);
  });
});

describe('mayLoadInMainWindow', () => {
  it.each([
    ['/', true],
    ['/?theme=dark#top', true],
    ['/login', true],
    ['/default/chats/8f0e-1', true],
    ['/default/plugins/my%20plugin', true],
    ['/desktop/model', true],
    ['/desktop/content', false],
    ['/desktop/content?print', false],
    ['/desktop/%63ontent/', false],
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
  ])('our path %j: %s', (path, may) => expect(mayLoadInMainWindow(`${ORIGIN}${path}`, ORIGIN)).toBe(may));

  it.each([
    'http://ada@127.0.0.1:5870/',
    'http://ada:word@127.0.0.1:5870/',
    'http://:word@127.0.0.1:5870/',
    'https://cachibot.ai/',
    'http://127.0.0.1:5871/',
    `blob:${ORIGIN}/8a1f`,
    'about:blank',
    'not an address',
  ])('%j: false', target => expect(mayLoadInMainWindow(target, ORIGIN)).toBe(false));
});

describe('mayOpenPreview', () => {
  it.each(['about:blank', '', `blob:${ORIGIN}/8a1f`, `${ORIGIN}/desktop/content`])('%j: true', target => {
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
  ])('%j: false', target => expect(mayOpenPreview(target, ORIGIN)).toBe(false));
});

describe('addressForLog', () => {
  it.each([
    ['https://user:word@example.org:8443/path?secret#part', 'https://example.org:8443/'],
    ['mailto:ada@example.org?subject=secret', 'a mail address'],
    [`${ORIGIN}/api/health`, `${ORIGIN}/api/health`],
    ['app://shell/failure.html', 'app://shell/failure.html'],
    ['not an address', 'not an address'],
    [`data:text/html,${'x'.repeat(1_000)}`, `data:text/html,${'x'.repeat(185)}`],
  ])('%j: %j', (target, logged) => expect(addressForLog(target, ORIGIN)).toBe(logged));
});

describe('mayFetch', () => {
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
    ['ws://ada:word@127.0.0.1:5870/ws', false],
    ['http://ada@127.0.0.1:5870/api/bots', false],
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

describe('maySend', () => {
  it.each([
    ['GET', 'mainFrame', '/', true],
    ['GET', 'mainFrame', '/default/chats/1', true],
    ['GET', 'mainFrame', '/?name=ada', true],
    ['POST', 'mainFrame', '/', false],
    ['POST', 'mainFrame', '/api/plugins/install', false],
    ['GET', 'mainFrame', '/api/health', false],
    ['GET', 'subFrame', '/preview', true],
    ['POST', 'subFrame', '/preview', false],
    ['GET', 'subFrame', '/api/plugins/reload', false],
    ['POST', 'subFrame', '/api/plugins/reload', false],
    ['GET', 'subFrame', '/docs', false],
    ['GET', 'xhr', '/api/bots', true],
    ['POST', 'xhr', '/api/bots', true],
    ['DELETE', 'xhr', '/api/plugins/1', true],
    ['POST', 'ping', '/api/bots', true],
    ['POST', 'xhr', '/api/desktop/machine', false],
    ['POST', 'xhr', '/api/desktop/machine/?x#y', false],
    ['POST', 'xhr', '/api/desktop%2f%6dachine', false],
    ['POST', 'xhr', '/api/desktop/../desktop/machine', false],
    ['POST', 'ping', '/api/desktop/machine', false],
    ['GET', 'xhr', '/api/desktop/activity', true],
  ])('%s by %s of %s: %s', (method, resourceType, path, may) => {
    expect(maySend({ url: `${ORIGIN}${path}`, method, resourceType }, ORIGIN)).toBe(may);
  });

  it.each([
    ['mainFrame', `blob:${ORIGIN}/8a1f`, true],
    ['mainFrame', 'devtools://devtools/bundled/x.html', true],
    ['mainFrame', 'data:text/html,x', false],
    ['subFrame', 'data:text/html,x', false],
    ['subFrame', 'https://evil.example/', false],
    ['image', 'data:image/png;base64,AA', true],
    ['image', 'https://evil.example/x.png', false],
  ])('GET by %s of %s: %s', (resourceType, url, may) => {
    expect(maySend({ url, method: 'GET', resourceType }, ORIGIN)).toBe(may);
  });
});

describe('the token', () => {
  const MAIN = 3;
  const page: Frame = { url: `${ORIGIN}/chat`, origin: ORIGIN };
  const fresh: Frame = { url: '', origin: 'null' };
  const blank: Frame = { url: 'about:blank', origin: ORIGIN };
  const blob: Frame = { url: `blob:${ORIGIN}/8a1f`, origin: ORIGIN };
  const srcdoc: Frame = { url: 'about:srcdoc', origin: ORIGIN };
  const sandboxedSrcdoc: Frame = { url: 'about:srcdoc', origin: 'null' };
  const sandboxed: Frame = { url: `${ORIGIN}/preview`, origin: 'null' };
  const foreign: Frame = { url: 'https://evil.example/', origin: 'https://evil.example' };

  const mayCarry = (changes: Partial<RequestFacts>) =>
    mayCarryToken(
      {
        url: changes.resourceType?.endsWith('Frame') ? `${ORIGIN}/preview` : `${ORIGIN}/api/bots`,
        method: 'GET',
        webContentsId: MAIN,
        resourceType: 'xhr',
        frame: page,
        parent: undefined,
        ...changes,
      },
      MAIN,
      ORIGIN,
    );

  it.each<[string, Partial<RequestFacts>]>([
    ['a request of the page', {}],
    ['a WebSocket handshake of the page', { url: 'ws://127.0.0.1:5870/ws', resourceType: 'webSocket' }],
    ['a picture, a script, a style of the page', { resourceType: 'image' }],
    ['the first load of the window, which no page has requested', { resourceType: 'mainFrame', frame: fresh }],
    ['a reload of the window', { resourceType: 'mainFrame' }],
    ['a request of a frame at our origin inside the page', { frame: page, parent: page }],
    ['a navigation of a blank frame in the page', { resourceType: 'subFrame', frame: blank, parent: page }],
    ['a navigation of a frame at our origin', { resourceType: 'subFrame', frame: page, parent: page }],
    ['the first load of a frame in the page', { resourceType: 'subFrame', frame: fresh, parent: page }],
    ['a new load of content', { resourceType: 'subFrame', url: CONTENT, frame: sandboxed, parent: page }],
    ['a window with content', { webContentsId: 4, resourceType: 'mainFrame', url: CONTENT, frame: fresh }],
  ])('is sent with %s', (_request, changes) => expect(mayCarry(changes)).toBe(true));

  it.each<[string, Partial<RequestFacts>]>([
    ['a report on the machine', { url: `${ORIGIN}/api/desktop/machine`, method: 'POST' }],
    ['a form of the page', { resourceType: 'mainFrame', method: 'POST' }],
    ['a request of content', { url: CONTENT, frame: sandboxed, parent: page }],
    ['a form of content', { resourceType: 'subFrame', method: 'POST', url: CONTENT, frame: sandboxed, parent: page }],
    ['a form in a frame', { resourceType: 'subFrame', method: 'POST', frame: page, parent: page }],
    ['a form with GET to the API', { resourceType: 'mainFrame', url: `${ORIGIN}/api/plugins/reload?` }],
    ['a frame that loads the API', { resourceType: 'subFrame', url: `${ORIGIN}/api/bots`, frame: page, parent: page }],
    ['a request of another window, such as the HTML preview', { webContentsId: 4 }],
    ['a request that no window sent', { webContentsId: undefined }],
    ['the first load of another window', { webContentsId: 4, resourceType: 'mainFrame', frame: fresh }],
    ['a request to another origin', { url: 'https://evil.example/' }],
    ['a request to another port', { url: 'http://127.0.0.1:5871/' }],
    ['a request to the same machine by another name', { url: 'http://localhost:5870/' }],
    ['a request to a foreign address that begins with ours', { url: `${ORIGIN}@evil.example/` }],
    ['a navigation of the window to another origin', { url: 'https://evil.example/', resourceType: 'mainFrame' }],
    ['a handshake to another port', { url: 'ws://127.0.0.1:5871/ws', resourceType: 'webSocket' }],
    ['a request of a frame that no longer exists', { frame: undefined }],
    ['a request of a `blob:` frame, although it has our origin', { frame: blob, parent: page }],
    ['a request of a `srcdoc` frame, although it has our origin', { frame: srcdoc, parent: page }],
    ['a request of a sandboxed `srcdoc` frame', { frame: sandboxedSrcdoc, parent: page }],
    ['a request of a sandboxed frame, although it has our address', { frame: sandboxed, parent: page }],
    ['a request of a foreign frame', { frame: foreign, parent: page }],
    ['a request of a frame that has not navigated', { frame: fresh, parent: page }],
    ['a request of a window that shows a `blob:`', { frame: blob }],
    ['the first load of a frame in a `blob:` frame', { resourceType: 'subFrame', frame: fresh, parent: blob }],
    ['the first load of a frame in a `srcdoc` frame', { resourceType: 'subFrame', frame: fresh, parent: srcdoc }],
    ['the first load of a frame in a sandboxed frame', { resourceType: 'subFrame', frame: fresh, parent: sandboxed }],
    ['the first load of a frame in a foreign frame', { resourceType: 'subFrame', frame: fresh, parent: foreign }],
    ['a navigation of a frame that no longer exists', { resourceType: 'subFrame', frame: undefined, parent: page }],
    ['a navigation of a frame without its parent', { resourceType: 'subFrame', frame: fresh, parent: undefined }],
    ['a navigation of a `blob:` frame', { resourceType: 'subFrame', frame: blob, parent: page }],
    ['a navigation of a `srcdoc` frame', { resourceType: 'subFrame', frame: sandboxedSrcdoc, parent: page }],
    ['a navigation of a sandboxed frame', { resourceType: 'subFrame', frame: sandboxed, parent: page }],
  ])('is not sent with %s', (_request, changes) => expect(mayCarry(changes)).toBe(false));

  it('is not sent while there is no main window', () => {
    const request: RequestFacts = {
      url: `${ORIGIN}/`,
      method: 'GET',
      webContentsId: undefined,
      resourceType: 'xhr',
      frame: page,
      parent: undefined,
    };
    expect(mayCarryToken(request, undefined, ORIGIN)).toBe(false);
  });
});

describe('isPrinted', () => {
  it.each([
    [`${ORIGIN}/desktop/content?print`, true],
    [`${ORIGIN}/desktop/content`, false],
    [`${ORIGIN}/chat?print`, false],
    ['https://evil.example/desktop/content?print', false],
  ])('%s: %s', (target, printed) => expect(isPrinted(target, ORIGIN)).toBe(printed));
});
