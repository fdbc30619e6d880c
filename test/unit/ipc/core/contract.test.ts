import { expect, it } from 'vitest';
import { ALLOWED_SENDER, isFindAction, type Sender } from '../../../../desktop/ipc/core/contract';

function namesFor(sender: Sender): string[] {
  return Object.entries(ALLOWED_SENDER).flatMap(([name, allowed]) => ([allowed].flat().includes(sender) ? [name] : []));
}

it('lets only the shell’s own pages restart the server, find text, open folders, or quit the app', () => {
  expect(namesFor('shell').sort()).toEqual([
    'about:copy',
    'about:open',
    'app:quit',
    'app:relaunch',
    'backup:create',
    'backup:restore',
    'download:run',
    'failure:copy',
    'find:run',
    'logs:open',
    'overlay:dismiss',
    'page:reload',
    'report:save',
    'server:keep-waiting',
    'server:restart',
    'server:retry',
    'server:stop-holder',
    'settings:act',
    'settings:change',
    'settings:open',
    'version:roll-back',
    'window:close',
    'window:is-maximized',
    'window:maximize',
    'window:minimize',
  ]);
});

it('lets only CachiBot’s page change settings and its own window, report news, and ask for a folder', () => {
  const subjects = new Set(namesFor('ui').map(name => name.split(':')[0]));
  expect([...subjects].sort()).toEqual([
    'boot',
    'cache',
    'folder',
    'link',
    'menu',
    'news',
    'page',
    'setting',
    'update',
    'window',
  ]);
});

it('lets a preview report the link that the user has clicked, and nothing else', () => {
  expect(namesFor('preview')).toEqual(['link:open']);
});

it.each<[unknown, boolean]>([
  ['next', true],
  ['previous', true],
  ['close', true],
  ['', false],
  ['all', false],
  [undefined, false],
  [null, false],
  [5, false],
  [{ text: 'word' }, true],
  [{ text: '' }, true],
  [{ text: 5 }, false],
  [{ '': 'word' }, false],
  [{}, false],
  [['next'], false],
])('%j is an action of the find bar: %s', (value, expected) => {
  expect(isFindAction(value)).toBe(expected);
});
