// @ts-check
// Saves the files of CachiBot's API, whose links do not send the login that the API requires. downloads.py patches the
// page.

{
  const { words } = window.cachibotDesktop;

  /** The routes of CachiBot that return a file. They change nothing. */
  const ROUTE = /^\/api\/(?:rooms\/[\w-]+|bots\/[\w-]+\/chats\/[\w-]+)\/assets\/[\w-]+\/download$/;

  /** Time until the response begins. The file itself may take longer. */
  const RESPONSE_MS = 20_000;

  /** The page's token, and its way to renew it. @typedef {{ token(): string | null, renew(): Promise<unknown> }} Login */

  /** @type {Login} */
  let login = { token: () => null, renew: async () => null };
  /** Paths of files that are being loaded. @type {Set<string>} */
  const loading = new Set();

  /** A failure whose text the user reads. */
  class NotSaved extends Error {}

  /** @param {string} path */
  function request(path) {
    const headers = { Authorization: `Bearer ${login.token()}` };
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), RESPONSE_MS);
    // A redirect could lead to another origin.
    return fetch(path, { headers, redirect: 'error', signal: limit.signal })
      .catch(() => {
        throw new NotSaved(words.fileNotConnected);
      })
      .finally(() => clearTimeout(timer));
  }

  /** Loads a file, and renews the login if it has run out. @param {string} path */
  async function load(path) {
    let response = await request(path);
    if (response.status === 401 && (await login.renew())) response = await request(path);
    if (response.ok) return response;
    // Without a server, the login cannot be renewed, and is kept.
    if (response.status === 401) throw new NotSaved(login.token() ? words.fileNotConnected : words.fileLoggedOut);
    throw new NotSaved(response.status === 404 ? words.fileGone : words.fileFailed);
  }

  /** The file name of a Content-Disposition header: UTF-8 (RFC 8187), quoted, or one word. @param {string} header */
  function nameIn(header) {
    const encoded = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
    try {
      if (encoded) return decodeURIComponent(encoded);
    } catch {
      // Invalid encoding: use the `filename` parameter.
    }
    const [, quoted, word] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(header) ?? [];
    return quoted?.replace(/\\(.)/g, '$1') ?? word;
  }

  /** Saves a file as the page saves its own: the shell asks where. @param {Blob} file @param {string} name */
  function download(file, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  /**
   * Loads a file of the API and saves it, once at a time. A failure is shown.
   * @param {string} path of a known route
   * @param {string} [title] the file name if the response has no Content-Disposition
   */
  async function saveFile(path, title) {
    if (loading.has(path)) return;
    loading.add(path);
    let name = title || (path.split('/').at(-1) ?? '');
    try {
      if (!ROUTE.test(path)) throw new NotSaved(words.fileFailed);
      const response = await load(path);
      name = nameIn(response.headers.get('Content-Disposition') ?? '') || name;
      const file = await response.blob().catch(() => {
        throw new NotSaved(words.fileCutOff);
      });
      download(file, name);
    } catch (error) {
      const text = error instanceof NotSaved ? error.message : words.fileFailed;
      window.cachibotDesktop.complain?.(text.replace('{name}', () => name));
    } finally {
      loading.delete(path);
    }
  }

  /**
   * Returns the link to a file that was clicked. Ignores links in Markdown: a model wrote them.
   * @param {EventTarget | null} target
   */
  function clickedLink(target) {
    const link = target instanceof Element ? target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.closest('.markdown')) return null;
    return link.origin === location.origin && ROUTE.test(link.pathname) ? link : null;
  }

  addEventListener(
    'click', // also by a key, and by a script of the page
    event => {
      const link = clickedLink(event.target);
      if (!link) return;
      event.preventDefault();
      void saveFile(link.pathname, link.download);
    },
    { capture: true },
  );

  Object.assign(window.cachibotDesktop, {
    saveFile,
    /** @param {Login} ofPage */
    useLogin: ofPage => {
      login = ofPage;
    },
  });
}
