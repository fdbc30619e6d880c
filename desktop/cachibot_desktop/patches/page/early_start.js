// @ts-check
// Shows the page at once, with the settings of its last start, while the server starts. early_start.py patches the page
// to call it.

{
  /** Key in the page's storage. */
  const LAST = 'cachibot-desktop:start';
  /** Key of the questions that wait for an answer (answers.js). */
  const WAITING = 'cachibot-desktop:waiting';
  /** Addresses whose page can be used before the server is ready: the start page and the chats. */
  const EARLY_PAGES = /^\/(?:[^/]+\/chats(?:\/[^/]+)?)?$/;
  /** Requests that confirm the log-in, or that need none. The other requests to the API wait for them. */
  const FIRST = /^\/api\/(?:health|desktop\/.*|auth\/(?:setup-required|mode|me|refresh|login|exchange))$/;

  /**
   * @typedef {{ getState(): any, setState(change: object): void, subscribe(act: () => void): void }} Store one of the
   *   page's stores (zustand)
   * @typedef {{ login: Store, terms: Store, config: Store, models: Store }} Stores
   * @typedef {{ user: string, terms: any, config: object, models: object }} Known
   */

  /** Settings that the page needs before it can be shown, as of its last start. @returns {Known | null} */
  function read() {
    try {
      return JSON.parse(localStorage.getItem(LAST) ?? 'null');
    } catch {
      return null; // damaged: the page waits for the server
    }
  }

  /** The page is shown before its log-in is confirmed. */
  let isEarly = false;
  /** The token that is in the requests which wait. */
  let token = '';
  /** Returns the page's token now. */
  let currentToken = () => '';
  /** @type {(isLoggedIn: boolean) => void} */
  let end = () => {};
  const ended = /** @type {Promise<boolean>} */ (new Promise(resolve => (end = resolve)));

  const request = window.fetch;
  window.fetch = async (input, init) => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input, location.href);
    const waits = isEarly && origin === location.origin && pathname.startsWith('/api/') && !FIRST.test(pathname);
    if (!waits) return request(input, init);
    if (!(await ended)) throw new TypeError('Nobody is logged in.');
    const headers = new Headers(init?.headers);
    // It may have run out, and been renewed.
    if (headers.get('Authorization') !== `Bearer ${token}`) return request(input, init);
    headers.set('Authorization', `Bearer ${currentToken()}`);
    return request(input, { ...init, headers });
  };

  /** Whether the user has accepted the terms. @param {any} status */
  const hasAccepted = status =>
    status?.terms_accepted && (!status.latest_terms_version || status.terms_version === status.latest_terms_version);

  /**
   * Puts these settings into the page's stores if their user is still logged in. The first render calls it.
   * @param {Stores} stores
   * @returns {boolean} whether the page can be shown before the server is ready
   */
  function startEarly({ login, terms, config, models }) {
    const known = read();
    const { user, accessToken, refreshToken, isAuthenticated } = login.getState();
    if (!known || !isAuthenticated || known.user !== user?.id || !hasAccepted(known.terms)) return false;
    if (!refreshToken || window.cachibotDesktop.isExpired?.(refreshToken)) return false;
    if (!EARLY_PAGES.test(location.pathname)) return false;
    // A page that waits for an answer connects first, to continue it.
    if (!['null', '{}'].includes(localStorage.getItem(WAITING) ?? 'null')) return false;
    token = accessToken;
    currentToken = () => login.getState().accessToken;
    isEarly = true;
    login.setState({ isLoading: false, setupRequired: false });
    terms.setState({ status: known.terms });
    config.setState({ config: known.config });
    models.setState(known.models);
    return true;
  }

  /** Lets the requests go that wait if the user is logged in, else ends them. @param {Stores} stores */
  function endEarlyStart({ login }) {
    const { isAuthenticated, setupRequired, legacyDbDetected } = login.getState();
    const isLoggedIn = isAuthenticated && !setupRequired && !legacyDbDetected;
    isEarly = false;
    if (!isLoggedIn) window.cachibotDesktop.withdrawMessages?.(() => true);
    end(isLoggedIn);
  }

  /** @param {Stores} stores */
  function remember({ login, terms, config, models }) {
    const { user, isAuthenticated } = login.getState();
    const { defaultModel, defaultEmbeddingModel, defaultUtilityModel } = models.getState();
    const known = JSON.stringify({
      user: user?.id,
      terms: terms.getState().status,
      config: config.getState().config,
      models: { defaultModel, defaultEmbeddingModel, defaultUtilityModel },
    });
    if (known === localStorage.getItem(LAST)) return;
    localStorage.removeItem(LAST);
    try {
      if (isAuthenticated) localStorage.setItem(LAST, known);
    } catch {
      // The storage is full: the next start waits for the server.
    }
  }

  /** Keeps the settings that the page needs for its next start, now and when they change. @param {Stores} stores */
  function rememberStart(stores) {
    endEarlyStart(stores);
    remember(stores);
    for (const store of Object.values(stores)) store.subscribe(() => remember(stores));
  }

  /** Acts when the user is logged in: at once if the page was not shown before. @param {() => void} act */
  async function whenLoggedIn(act) {
    if (!isEarly || (await ended)) act();
  }

  Object.assign(window.cachibotDesktop, { startEarly, endEarlyStart, rememberStart, whenLoggedIn });
}
