// @ts-check
// Logs the user in, opens the first page, says that a model is missing. Patches of the page call it.

{
  const { words } = window.cachibotDesktop;

  const RETRY_MS = 1000;
  const RETRIES = 60;
  /** So many automatic log-ins within so long are a loop: something ends them at once. */
  const MOST_LOG_INS = 3;
  const LOOP_MS = 20_000;
  const TIMES = 'cachibot-desktop:logged-in';

  /** Times of the automatic log-ins that count. @returns {number[]} */
  const lastLogIns = () =>
    JSON.parse(sessionStorage.getItem(TIMES) ?? '[]').filter(
      (/** @type {number} */ time) => time > Date.now() - LOOP_MS,
    );

  /**
   * Logs in without a password, if this computer's account has none of the user's own. A server that is starting or
   * stopping is waited for.
   * @returns {Promise<{ user: unknown, access_token: string, refresh_token: string } | null>}
   */
  async function logIn() {
    for (let attempt = 0; attempt < RETRIES && lastLogIns().length < MOST_LOG_INS; attempt++) {
      try {
        const response = await fetch('/api/desktop/login', { method: 'POST' });
        if (response.status < 500) {
          if (!response.ok) return null;
          sessionStorage.setItem(TIMES, JSON.stringify([...lastLogIns(), Date.now()]));
          return await response.json();
        }
      } catch {
        // The server is away.
      }
      await new Promise(resolve => setTimeout(resolve, RETRY_MS));
    }
    return null;
  }

  /** The route `/setup` of CachiBot's page: the app's own first page is another document. */
  function Setup() {
    location.replace('/setup');
    return null;
  }

  /**
   * Returns the line that stands above the message box while there is no model. `jsx` and `jsxs` are the page's own.
   * @param {{ jsx: any, jsxs: any, useModels: any, model?: string }} props
   */
  function NoModel({ jsx, jsxs, useModels, model }) {
    const { defaultModel, loading, error } = useModels();
    if (model || defaultModel || loading || error) return null;
    const style = { display: 'flex', alignItems: 'center', gap: 12, margin: '0 4px 8px', fontSize: 13 };
    const href = '/desktop/model';
    return jsxs('div', {
      role: 'status',
      style: { ...style, color: 'var(--color-text-secondary)' },
      children: [words.noModel, jsx('a', { href, className: 'btn btn--primary btn--sm', children: words.chooseOne })],
    });
  }

  /**
   * A section of the settings. `Section` is the page's own.
   * @param {{ jsx: any, jsxs: any, Section: any, icon: any }} props
   */
  function PasswordSection({ jsx, jsxs, Section, icon }) {
    const { passwordSection: title, passwordRow, passwordRowText, passwordButton } = words;
    const about = jsxs('div', {
      children: [
        jsx('h4', { className: 'settings-card-row__title', children: passwordRow }),
        jsx('p', { className: 'settings-card-row__desc', children: passwordRowText }),
      ],
    });
    const link = jsx('a', { href: '/desktop/password', className: 'settings-btn-secondary', children: passwordButton });
    return jsx(Section, {
      icon,
      title,
      children: jsxs('div', { className: 'settings-card-row', children: [about, link] }),
    });
  }

  /**
   * On the log-in page of a folder with several accounts: the account that needs no password.
   * @param {{ react: any, jsx: any, logIn: (login: unknown) => void }} props
   */
  function OwnAccount({ react, jsx, logIn: finish }) {
    const [name, setName] = react.useState(null);
    react.useEffect(() => {
      fetch('/api/desktop/account')
        .then(response => response.json())
        .then(account => setName(account.name))
        .catch(() => {}); // the log-in page works without it
    }, []);
    const onClick = async () => {
      const response = await fetch('/api/desktop/login', { method: 'POST', body: '{"chosen":true}' });
      if (response.ok) finish(await response.json());
    };
    if (typeof name !== 'string') return null;
    const style = { width: '100%', marginTop: 12 };
    const children = words.continueAs.replace('{name}', name);
    return jsx('button', { type: 'button', className: 'btn btn--secondary btn--md', style, onClick, children });
  }

  /** Puts the cursor into the message box once it can be used, unless the user has put it elsewhere. */
  function focusMessageBox() {
    const watcher = new MutationObserver(() => {
      const box = /** @type {HTMLTextAreaElement | null} */ (document.querySelector('textarea.chat-textarea'));
      if (!box || box.disabled) return;
      watcher.disconnect();
      if (document.activeElement === document.body) box.focus();
    });
    watcher.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] });
  }

  focusMessageBox();
  Object.assign(window.cachibotDesktop, { logIn, Setup, NoModel, PasswordSection, OwnAccount });
}
