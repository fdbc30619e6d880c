// @ts-check
// Shows the page at once, with the settings of its last start, while the server starts. early_start.py patches
// the page to call it.

{
  /** Key in the page's storage. */
  const LAST = 'cachibot-desktop:start';
  /** Paths of requests that confirm the log-in, or that need none. The others wait for them. */
  const FIRST = ['/api/health', '/api/auth/', '/api/desktop/'];

  /**
   * @typedef {{ getState(): any, setState(change: object): void }} Store one of the page's stores (zustand)
   * @typedef {{ login: Store, terms: Store, config: Store, models: Store }} Stores
   * @typedef {{ user: string, terms: object, config: object, models: object }} Known
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
  let confirm = () => {};
  const confirmed = /** @type {Promise<void>} */ (new Promise(resolve => (confirm = resolve)));

  const request = window.fetch;
  window.fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input, location.origin);
    if (!isEarly || FIRST.some(path => pathname.startsWith(path))) return request(input, init);
    await confirmed;
    const headers = new Headers(init?.headers);
    // It may have run out, and been renewed.
    if (headers.get('Authorization') === `Bearer ${token}`) headers.set('Authorization', `Bearer ${currentToken()}`);
    return request(input, { ...init, headers });
  };

  /**
   * Puts these settings into the page's stores if its user is still logged in. The first render calls it.
   * @param {Stores} stores
   * @returns {boolean} whether the page can be shown before the server is ready
   */
  function startEarly({ login, terms, config, models }) {
    const known = read();
    const { user, accessToken, refreshToken, isAuthenticated } = login.getState();
    if (!known || !isAuthenticated || known.user !== user?.id) return false;
    if (!refreshToken || window.cachibotDesktop.isExpired?.(refreshToken)) return false;
    token = accessToken;
    currentToken = () => login.getState().accessToken;
    isEarly = true;
    login.setState({ isLoading: false, setupRequired: false });
    terms.setState({ status: known.terms });
    config.setState({ config: known.config });
    models.setState(known.models);
    return true;
  }

  /** Lets the requests go that wait: the log-in is confirmed, or there is none. */
  function endEarlyStart() {
    isEarly = false;
    confirm();
  }

  /** Keeps the settings that the page needs for its next start. @param {Stores} stores */
  function rememberStart({ login, terms, config, models }) {
    endEarlyStart();
    const { user, isAuthenticated } = login.getState();
    const { defaultModel, defaultEmbeddingModel, defaultUtilityModel } = models.getState();
    const { status } = terms.getState();
    try {
      if (!isAuthenticated || !status) return localStorage.removeItem(LAST);
      const known = {
        user: user?.id,
        terms: status,
        config: config.getState().config,
        models: { defaultModel, defaultEmbeddingModel, defaultUtilityModel },
      };
      localStorage.setItem(LAST, JSON.stringify(known));
    } catch {
      // The storage is full: the next start waits for the server.
    }
  }

  /** Acts when the log-in is confirmed: at once if the page was not shown before. @param {() => void} act */
  function whenConfirmed(act) {
    if (isEarly) void confirmed.then(act);
    else act();
  }

  Object.assign(window.cachibotDesktop, { startEarly, endEarlyStart, rememberStart, whenConfirmed });
}
