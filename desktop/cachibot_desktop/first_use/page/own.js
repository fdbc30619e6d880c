// @ts-check
// The parts that the app's own pages share: title bar, requests to the server.

/**
 * Returns an element that the page must have.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page lacks #${id}.`);
  return /** @type {T} */ (element);
}

/**
 * Sends a request to the server, and returns its response. A problem is `{ detail }`, in words for the user.
 * @param {string} path
 * @param {{ body?: unknown, bearer?: string }} [options] a request with a body is a POST
 * @returns {Promise<{ ok: boolean, status: number, body: any }>}
 */
export async function request(path, { body, bearer } = {}) {
  const headers = {
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
  };
  try {
    const response = await fetch(path, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: { detail: cachibotWords.noAnswer } };
  }
}

/**
 * Calls the listener when the page's form is submitted. The buttons that do it are disabled until then: on a busy
 * machine the user may be faster than the script.
 * @param {(event: SubmitEvent) => unknown} listener
 */
export function onSubmitted(listener) {
  /** @type {HTMLFormElement} */ (byId('form')).addEventListener('submit', listener);
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('button[type=submit]'));
  for (const button of buttons) button.disabled = false;
}

/** The login that CachiBot's page has stored. */
export function storedLogin() {
  return JSON.parse(localStorage.getItem('cachibot-auth') ?? 'null')?.state ?? null;
}

/** Draws the title bar that CachiBot's page draws. On macOS the window has the system's. */
function drawTitleBar() {
  const api = /** @type {any} */ (window).electronAPI;
  if (!api?.isDesktop || api.platform === 'darwin') return;
  const bar = byId('title-bar');
  const brand = document.createElement('div');
  brand.className = 'brand';
  const icon = document.createElement('img');
  icon.src = '/icon.png';
  icon.alt = '';
  brand.append(icon, 'CachiBot');
  const maximize = titleBarButton('M1.5 1.5h9v9h-9z', cachibotWords.maximize, () => api.windowMaximize());
  const setMaximized = (/** @type {boolean} */ maximized) => {
    maximize.ariaLabel = maximized ? cachibotWords.restore : cachibotWords.maximize;
  };
  api.windowIsMaximized().then(setMaximized);
  api.onMaximizedChange(setMaximized);
  const close = titleBarButton('M1.5 1.5l9 9M10.5 1.5l-9 9', cachibotWords.close, () => api.windowClose());
  close.classList.add('close');
  bar.append(
    brand,
    titleBarButton('M1 6h10', cachibotWords.minimize, () => api.windowMinimize()),
    maximize,
    close,
  );
  bar.hidden = false;
}

/**
 * @param {string} path of the icon
 * @param {string} label
 * @param {() => void} act
 */
function titleBarButton(path, label, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.ariaLabel = label;
  button.innerHTML = `<svg viewBox="0 0 12 12" aria-hidden="true"><path d="${path}"/></svg>`;
  button.addEventListener('click', act);
  return button;
}

drawTitleBar();
