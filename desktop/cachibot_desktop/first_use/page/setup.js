// @ts-check
// The first page, and the choice of a model later: finds model servers, checks keys, creates the account.

import { byId, onSubmitted, request, storedLogin } from './own.js';

/** @typedef {{ name: string, address: string, provider: string, models: string[], problem: string, without_tools: string[], wants_key: boolean }} ModelServer */

/** Longer than the shell's QUIET_MS: a search is not one of the page's initial requests. */
const SEARCH_MS = 2500;
const mode = document.body.dataset['mode'];

/** Servers at addresses that the user typed, by address, with the key of each. @type {Map<string, ModelServer & { key?: string }>} */
const typed = new Map();
/** @type {ModelServer[]} */
let found = [];
/** Servers in the list, as JSON: it is drawn again only after a change. */
let drawn = '';
/** The key that the service accepted. @type {{ key: string, provider: string } | undefined} */
let accepted;

const sourceOf = () => /** @type {HTMLInputElement} */ (document.querySelector('input[name=source]:checked')).value;

/**
 * @param {string} id
 * @param {string} text
 * @param {boolean} [isProblem]
 */
function say(id, text, isProblem = false) {
  byId(id).textContent = text;
  byId(id).classList.toggle('is-problem', isProblem);
}

function showSource() {
  for (const name of ['local', 'online', 'later']) byId(`panel-${name}`).hidden = name !== sourceOf();
  say('problem', '');
}

/** Searches for as long as the page is open: a server may be started, or get a model, meanwhile. */
async function search() {
  for (;;) {
    const { ok, body } = await request('/api/desktop/models');
    if (ok) {
      found = body.servers;
      drawModels();
    }
    await new Promise(resolve => setTimeout(resolve, SEARCH_MS));
  }
}

function drawModels() {
  const servers = [...typed.values(), ...found.filter(({ address }) => !typed.has(address))];
  const now = JSON.stringify(servers);
  if (now === drawn) return;
  drawn = now;
  const list = byId('local-models');
  const checked = /** @type {HTMLInputElement | null} */ (list.querySelector(':checked'))?.value;
  const hadFocus = list.contains(document.activeElement);
  const rows = servers.flatMap(server => server.models.map(model => modelRow(server, model)));
  list.replaceChildren(...rows.map(({ label }) => label));
  const chosen = rows.find(({ input }) => input.value === checked) ?? rows[0];
  if (chosen) chosen.input.checked = true;
  if (hadFocus) chosen?.input.focus();
  list.hidden = rows.length === 0;
  byId('local-empty').hidden = rows.length > 0;
  const withoutModel = servers.find(({ problem }) => problem);
  byId('local-title').textContent = withoutModel ? withoutModel.problem : cachibotWords.noneFound;
  byId('local-text').textContent = withoutModel ? '' : cachibotWords.noneFoundText;
  const address = /** @type {HTMLInputElement} */ (byId('address'));
  if (rows.length === 0 && withoutModel?.wants_key && address.value === '') {
    address.value = withoutModel.address;
    byId('server-key-row').hidden = false;
  }
  announceModels(rows.length);
}

/** @param {number} count */
function announceModels(count) {
  const text = count === 1 ? cachibotWords.oneFound : cachibotWords.manyFound.replace('{count}', String(count));
  byId('found').textContent = count > 0 ? text : '';
}

/**
 * @param {ModelServer & { key?: string }} server
 * @param {string} model
 */
function modelRow({ name, address, provider, key, without_tools: withoutTools }, model) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = 'model';
  input.value = JSON.stringify({ provider, model, address, ...(key ? { key } : {}) });
  const title = document.createElement('span');
  title.className = 'model';
  title.textContent = title.title = model;
  const where = document.createElement('span');
  where.className = 'server';
  where.textContent = withoutTools.includes(model) ? `${name}, ${cachibotWords.withoutTools}` : name;
  where.title = address;
  label.append(input, title, where);
  return { label, input };
}

/** A key is for one server, and goes to no other. */
function forgetServerKey() {
  byId('server-key-row').hidden = true;
  /** @type {HTMLInputElement} */ (byId('server-key')).value = '';
}

async function connect() {
  const address = /** @type {HTMLInputElement} */ (byId('address'));
  const keyBox = /** @type {HTMLInputElement} */ (byId('server-key'));
  if (address.value.trim() === '') return address.focus();
  const key = byId('server-key-row').hidden ? '' : keyBox.value.trim();
  say('address-said', cachibotWords.connecting);
  const { ok, body } = await request('/api/desktop/address', { body: { address: address.value, key } });
  byId('server-key-row').hidden = !body.wants_key;
  if (body.wants_key) keyBox.focus();
  if (!ok || body.problem) return say('address-said', ok ? body.problem : body.detail, true);
  say('address-said', '');
  typed.set(body.address, { ...body, key });
  forgetServerKey();
  // The user has asked for this server: its first model is chosen.
  for (const input of document.querySelectorAll('input[name=model]:checked')) {
    /** @type {HTMLInputElement} */ (input).checked = false;
  }
  drawn = '';
  drawModels();
  address.value = '';
}

/** @returns {Promise<boolean>} whether the service accepts the key that is in the box */
async function checkKey() {
  const key = /** @type {HTMLInputElement} */ (byId('key')).value.trim();
  const provider = /** @type {HTMLSelectElement} */ (byId('service')).value;
  accepted = undefined;
  byId('online-row').hidden = true;
  say('key-said', cachibotWords.checkingKey);
  const { ok, body } = await request('/api/desktop/key', { body: { key, provider } });
  if (!ok) {
    say('key-said', body.detail, true);
    return false;
  }
  accepted = { key, provider: body.provider };
  say('key-said', cachibotWords.keyAccepted.replace('{service}', body.name));
  const models = /** @type {HTMLSelectElement} */ (byId('online-model'));
  models.replaceChildren(...body.models.map((/** @type {string} */ model) => new Option(model, model)));
  byId('online-row').hidden = false;
  return true;
}

/** The model that the user has chosen; null for none yet, undefined if something is missing. */
async function chosenModel() {
  const source = sourceOf();
  if (source === 'later') return null;
  if (source === 'local') {
    const input = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=model]:checked'));
    return input ? JSON.parse(input.value) : undefined;
  }
  const key = /** @type {HTMLInputElement} */ (byId('key')).value.trim();
  if (accepted?.key !== key && !(await checkKey())) return undefined;
  return { ...accepted, model: /** @type {HTMLSelectElement} */ (byId('online-model')).value };
}

/** @returns {Promise<string>} the problem, in words; empty if the page has been left */
async function submit() {
  const name = /** @type {HTMLInputElement} */ (byId('name'));
  const terms = /** @type {HTMLInputElement} */ (byId('terms'));
  if (mode === 'setup' && name.value.trim() === '') {
    name.focus();
    return cachibotWords.needName;
  }
  const model = await chosenModel();
  if (model === undefined) return cachibotWords.needModel;
  if (mode === 'setup' && !terms.checked) {
    terms.focus();
    return cachibotWords.needTerms;
  }
  return mode === 'setup' ? setUp(name.value, model) : saveModel(model);
}

/**
 * @param {string} name
 * @param {unknown} model
 */
async function setUp(name, model) {
  const { ok, status, body } = await request('/api/desktop/setup', { body: { name, terms_accepted: true, model } });
  if (!ok && status !== 409) return body.detail;
  if (ok) {
    const { user, access_token: accessToken, refresh_token: refreshToken } = body;
    const login = { state: { user, accessToken, refreshToken, isAuthenticated: true }, version: 0 };
    localStorage.setItem('cachibot-auth', JSON.stringify(login));
    localStorage.setItem('cachibot-onboarding', '{"state":{"hasCompletedOnboarding":true},"version":0}');
  }
  location.replace('/');
  return '';
}

/** @param {unknown} model */
async function saveModel(model) {
  const { ok, body } = await request('/api/desktop/model', { body: model, bearer: storedLogin()?.accessToken ?? '' });
  if (!ok) return body.detail;
  location.replace('/');
  return '';
}

/** @param {SubmitEvent} event */
async function onSubmit(event) {
  event.preventDefault();
  // Enter in the boxes of another server means that server, not the form.
  if (['address', 'server-key'].includes(document.activeElement?.id ?? '')) return connect();
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('button[type=submit]'));
  const labels = [...buttons].map(button => button.textContent);
  for (const button of buttons) {
    button.disabled = true;
    button.textContent = button.dataset['busy'] ?? '';
  }
  say('problem', '');
  const problem = await submit();
  if (problem === '') return;
  say('problem', problem);
  buttons.forEach((button, index) => {
    button.disabled = false;
    button.textContent = labels[index] ?? '';
  });
}

/** CachiBot's own answer, for a database that the gateway cannot read. */
async function leaveIfSetUp() {
  const { ok, body } = await request('/api/auth/setup-required');
  if (ok && !body.setup_required) location.replace('/');
}

const services = /** @type {HTMLSelectElement} */ (byId('service'));
services.append(
  new Option(cachibotWords.recognize, ''),
  ...cachibotServices.map(({ provider, name }) => new Option(name, provider)),
);
for (const input of document.querySelectorAll('input[name=source]')) input.addEventListener('change', showSource);
byId('connect').addEventListener('click', connect);
byId('address').addEventListener('input', forgetServerKey);
byId('check-key').addEventListener('click', checkKey);
byId('key').addEventListener('paste', () => setTimeout(checkKey));
services.addEventListener('change', () => {
  if (/** @type {HTMLInputElement} */ (byId('key')).value) void checkKey();
});
onSubmitted(onSubmit);
showSource();
void search();
if (mode === 'setup') void leaveIfSetUp();
