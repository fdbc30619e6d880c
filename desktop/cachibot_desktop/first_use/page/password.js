// @ts-check
// Sets the first password of the account that this app created, or changes the password of any other.

import { byId, onSubmitted, request, storedLogin } from './own.js';

const LEAST_LENGTH = 8;
const textOf = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value;

/** A password as CachiBot's page sends it. @param {string} password */
async function hashed(password) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(password));
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether the user is logged in without a password. */
const automatic = request('/api/desktop/account').then(({ body }) => typeof body.name === 'string');

/** @returns {Promise<string>} the problem, in words; empty if the password is saved */
async function save() {
  if (textOf('new').length < LEAST_LENGTH) return cachibotWords.passwordShort;
  if (textOf('new') !== textOf('repeat')) return cachibotWords.passwordsDiffer;
  const password = await hashed(textOf('new'));
  const bearer = storedLogin()?.accessToken ?? '';
  const { ok, body } = (await automatic)
    ? await request('/api/desktop/password', { body: { password }, bearer })
    : await request('/api/auth/change-password', {
        body: { current_password: await hashed(textOf('current')), new_password: password },
        bearer,
      });
  return ok ? '' : String(body.detail);
}

void automatic.then(isAutomatic => {
  byId('current-field').hidden = isAutomatic;
  byId('title').textContent = isAutomatic ? cachibotWords.setPassword : cachibotWords.changePassword;
  byId('text').textContent = isAutomatic ? cachibotWords.setPasswordText : cachibotWords.changePasswordText;
  byId(isAutomatic ? 'new' : 'current').focus();
});
onSubmitted(async event => {
  event.preventDefault();
  byId('problem').textContent = '';
  const problem = await save();
  byId('problem').textContent = problem;
  if (problem !== '') return;
  byId('done').textContent = cachibotWords.passwordSaved;
  location.replace('/settings/data');
});
