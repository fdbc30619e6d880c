/** Files of the API are saved by a click (downloads.js), with a page, a login and a server of the test. */

import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import words from '../../../desktop/cachibot_desktop/patches/page/words.json';
import { runPageScripts } from '../../drivers/page-script';

const ORIGIN = 'http://127.0.0.1:5870';
const FILE = '/api/bots/default/chats/chat/assets/1/download';

class FakeElement {
  closest(selector: string): FakeElement | null {
    return selector === 'a[href]' && this instanceof FakeLink ? this : null;
  }
}

class FakeLink extends FakeElement {
  readonly #parts: URL;
  readonly isInMarkdown: boolean;
  readonly download: string;

  constructor(href: string, { isInMarkdown = false, download = '' } = {}) {
    super();
    this.#parts = new URL(href, ORIGIN);
    this.isInMarkdown = isInMarkdown;
    this.download = download;
  }

  get origin() {
    return this.#parts.origin;
  }

  get pathname() {
    return this.#parts.pathname;
  }

  override closest(selector: string): FakeElement | null {
    return selector === '.markdown' ? (this.isInMarkdown ? this : null) : super.closest(selector);
  }
}

interface Event {
  target: unknown;
  preventDefault(): void;
}

type Answer = (token: string) => Response | Promise<Response>;

/**
 * Loads the script into a page whose server gives this answer. `renewed`: the token that a renewal brings; without one,
 * the user is logged out, or the login `isKept`.
 */
function openPage(answer: Answer, { renewed = null as string | null, isKept = false } = {}) {
  let token: string | null = 'old';
  const requests: string[] = [];
  const saved: { name: string; content: Blob }[] = [];
  const said: string[] = [];
  let click = (_event: Event) => {};
  const cachibotDesktop = {
    words,
    complain: (text: string) => void said.push(text),
    saveFile: async (_path: string, _title?: string) => {},
    useLogin: (_login: object) => {},
  };
  const blobs = new Map<string, Blob>();
  const timers = new Set<() => void>();
  runPageScripts(['downloads.js'], {
    window: { cachibotDesktop },
    location: { origin: ORIGIN },
    Element: FakeElement,
    HTMLAnchorElement: FakeLink,
    decodeURIComponent,
    AbortController,
    setTimeout: (act: () => void) => {
      timers.add(act);
      return act;
    },
    clearTimeout: (timer: () => void) => timers.delete(timer),
    URL: {
      createObjectURL: (blob: Blob) => {
        const address = `blob:${ORIGIN}/${blobs.size}`;
        blobs.set(address, blob);
        return address;
      },
      revokeObjectURL: (address: string) => void blobs.delete(address),
    },
    document: {
      createElement: () => ({
        href: '',
        download: '',
        click() {
          const content = blobs.get(this.href);
          if (content) saved.push({ name: this.download, content });
        },
      }),
    },
    fetch: async (path: string, { headers, redirect, signal, ...others }: RequestInit) => {
      const { Authorization } = headers as { Authorization: string };
      requests.push(`${path} ${Authorization}`);
      expect(redirect).toBe('error');
      expect(others, 'a GET without a body').toEqual({});
      const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      return Promise.race([answer(Authorization), aborted]);
    },
    addEventListener: (_name: string, act: (event: Event) => void) => {
      click = act;
    },
  });
  cachibotDesktop.useLogin({
    token: () => token,
    renew: async () => {
      if (!isKept) token = renewed;
      return renewed;
    },
  });
  const clickOn = (target: unknown) => {
    let isPrevented = false;
    click({ target, preventDefault: () => (isPrevented = true) });
    return isPrevented;
  };
  /** The time limit of each request that has no response is over. */
  const passTime = () => {
    for (const act of [...timers]) act();
  };
  return { requests, saved, said, blobs, timers, passTime, clickOn, saveFile: cachibotDesktop.saveFile };
}

const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
};

const fileOf = (disposition?: string, text = 'a file') =>
  new Response(text, disposition === undefined ? {} : { headers: { 'Content-Disposition': disposition } });

it('saves the file of a link with the login of the page', async () => {
  const page = openPage(() => fileOf('attachment; filename="report.pdf"'));
  expect(page.clickOn(new FakeLink(FILE, { download: 'other.pdf' }))).toBe(true);
  await settled();
  expect(page.requests).toEqual([`${FILE} Bearer old`]);
  expect(page.saved.map(({ name }) => name)).toEqual(['report.pdf']);
  expect(await page.saved[0]?.content.text()).toBe('a file');
  expect(page.said).toEqual([]);
  expect(page.blobs.size, 'memory is freed').toBe(0);
});

it.each([
  ["attachment; filename*=utf-8''Bericht%20f%C3%BCr%20Zo%C3%AB.pdf", 'Bericht für Zoë.pdf'],
  ['attachment; filename="x.pdf"; filename*=UTF-8\'en\'%e2%82%ac%20rates.docx', '€ rates.docx'],
  ['attachment; filename*=utf-8\'\'%ff; filename="valid.pdf"', 'valid.pdf'],
  ['attachment; filename="a \\"b\\"; c.pdf"', 'a "b"; c.pdf'],
  ['attachment; filename=word.xlsx', 'word.xlsx'],
  ['attachment', 'title.pptx'],
  [undefined, 'title.pptx'],
])('names the file after %s', async (disposition, name) => {
  const page = openPage(() => fileOf(disposition));
  page.clickOn(new FakeLink(FILE, { download: 'title.pptx' }));
  await settled();
  expect(page.saved.map(saved => saved.name)).toEqual([name]);
});

it('names a file without any name after the last part of its path', async () => {
  const page = openPage(() => fileOf());
  page.clickOn(new FakeLink(FILE));
  await settled();
  expect(page.saved.map(({ name }) => name)).toEqual(['download']);
});

it('renews a login that has run out, and saves the file', async () => {
  const answer: Answer = token => (token === 'Bearer new' ? fileOf() : new Response('', { status: 401 }));
  const page = openPage(answer, { renewed: 'new' });
  page.clickOn(new FakeLink(FILE, { download: 'a.pdf' }));
  await settled();
  expect(page.requests).toEqual([`${FILE} Bearer old`, `${FILE} Bearer new`]);
  expect(page.saved).toHaveLength(1);
  expect(page.said).toEqual([]);
});

const status = (code: number) => () => new Response('', { status: code });
const gone = () => Promise.reject(new TypeError('Failed to fetch'));
const cutOff = () => {
  const body = new ReadableStream({ start: stream => stream.error(new TypeError('network error')) });
  return new Response(body);
};

it.each([
  ['a login that cannot be renewed', status(401), words.fileLoggedOut],
  ['a file that was deleted', status(404), words.fileGone],
  ['an error of the server', status(500), words.fileFailed],
  ['a server that is away', gone, words.fileNotConnected],
  ['a response that breaks off, or does not fit on the disk', cutOff, words.fileCutOff],
])('says why a file is not saved: %s', async (_case, answer, text) => {
  const page = openPage(answer);
  page.clickOn(new FakeLink(FILE, { download: 'a $& b.pdf' }));
  await settled();
  expect(page.saved).toEqual([]);
  expect(page.said).toEqual([text.replace('{name}', () => 'a $& b.pdf')]);

  page.clickOn(new FakeLink(FILE));
  await settled();
  expect(page.said, 'the next click tries again').toHaveLength(2);
});

it('says that CachiBot is not connected if no server renews the login', async () => {
  const page = openPage(status(401), { isKept: true });
  page.clickOn(new FakeLink(FILE, { download: 'a.pdf' }));
  await settled();
  expect(page.said).toEqual([words.fileNotConnected.replace('{name}', 'a.pdf')]);
});

it('saves a file once when it is clicked twice while it is loaded', async () => {
  const page = openPage(() => fileOf());
  const link = new FakeLink(FILE);
  expect([page.clickOn(link), page.clickOn(link), page.clickOn(new FakeLink(FILE))]).toEqual([true, true, true]);
  await settled();
  expect(page.requests).toHaveLength(1);
  expect(page.saved).toHaveLength(1);
  page.clickOn(link);
  await settled();
  expect(page.saved, 'later again').toHaveLength(2);
});

it.each([
  `https://a.example${FILE}`,
  `http://127.0.0.1:5871${FILE}`,
  `http://localhost:5870${FILE}`,
  '/api/auth/logout',
  '/api/bots/default/chats/chat/assets/1',
  '/api/bots/default/chats/chat/assets/1/download/more',
  '/api/bots/default/chats/chat/assets/..%2f..%2f/download',
  '/api/bots/default/chats/chat/assets/../../../../config/download',
  '/x/api/rooms/room/assets/1/download',
])('leaves a link to %s as it is', async href => {
  const page = openPage(() => fileOf());
  expect(page.clickOn(new FakeLink(href, { download: 'a.pdf' }))).toBe(false);
  await settled();
  expect(page.requests).toEqual([]);
});

it('leaves links in Markdown, and clicks on other elements, as they are', async () => {
  const page = openPage(() => fileOf());
  expect(page.clickOn(new FakeLink(FILE, { isInMarkdown: true }))).toBe(false);
  expect(page.clickOn(new FakeElement())).toBe(false);
  expect(page.clickOn(null)).toBe(false);
  await settled();
  expect(page.requests).toEqual([]);
});

it('says when no response begins in time, and can be clicked again', async () => {
  const page = openPage(() => new Promise<Response>(() => {}));
  const link = new FakeLink(FILE, { download: 'a.pdf' });
  page.clickOn(link);
  page.clickOn(link);
  await settled();
  page.passTime();
  await settled();
  expect(page.said).toEqual([words.fileNotConnected.replace('{name}', 'a.pdf')]);
  page.clickOn(link);
  await settled();
  expect(page.requests).toHaveLength(2);
});

it('has no time limit once the response has begun', async () => {
  const page = openPage(() => fileOf());
  page.clickOn(new FakeLink(FILE));
  await settled();
  expect([page.saved.length, page.timers.size]).toEqual([1, 0]);
});

it('saves the file of a room, and nothing of another route', async () => {
  const page = openPage(() => fileOf());
  await page.saveFile('/api/rooms/room/assets/1/download', 'notes.txt');
  for (const path of [
    '/api/config',
    '//a.example/api/rooms/room/assets/1/download',
    '/api/rooms/../assets/../download',
    '/api/rooms/..\\..\\v1/assets/1/download',
    '/api/rooms/room/assets/1?x/download',
    '/api/bots//chats/chat/assets/1/download',
  ]) {
    page.said.length = 0;
    await page.saveFile(path, 'other.txt');
    expect(page.said, path).toEqual([words.fileFailed.replace('{name}', 'other.txt')]);
  }
  expect(page.requests).toEqual(['/api/rooms/room/assets/1/download Bearer old']);
  expect(page.saved.map(({ name }) => name)).toEqual(['notes.txt']);
});
