import { expect, it } from 'vitest';
import { shortcutList, withoutMnemonic } from '../../../../desktop/window/core/shortcut-list';
import { COMMANDS, keysOf } from '../../../../desktop/window/core/shortcuts';
import { words } from '../../../../desktop/words/en';

const rows = (mac: boolean) => shortcutList(mac).flatMap(group => group.rows);
const keysFor = (label: string, mac = false) => rows(mac).find(row => row.label === label)?.keys;
const { commands } = words.menu;

it.each([false, true])('names every command of the table once, with each of its keys (macOS: %s)', mac => {
  const labels = rows(mac).map(({ label }) => label);
  expect(new Set(labels).size).toBe(labels.length);
  expect(labels).not.toContain(undefined);
  for (const command of COMMANDS) {
    const shown = keysFor(withoutMnemonic(commands[command]), mac) ?? [];
    expect(shown.length, command).toBeGreaterThan(0);
    expect(shown.length, command).toBeLessThanOrEqual(keysOf(command, mac).length);
  }
});

it('has a part for each subject, in a fixed order', () => {
  expect(shortcutList(false).map(({ title }) => title)).toEqual(Object.values(words.shortcuts.groups));
  const [chats, page, find, zoom, , app] = shortcutList(false).map(group => group.rows.map(({ label }) => label));
  expect(chats).toEqual(['New Chat', 'Command Palette', 'Sidebar', words.shortcuts.send, words.shortcuts.newLine]);
  expect(page).toEqual(['Reload', 'Reload Without Cache', 'Back', 'Forward', 'Print']);
  expect(find).toEqual(['Find', 'Find Next', 'Find Previous']);
  expect(zoom).toEqual(['Zoom In', 'Zoom Out', 'Actual Size']);
  const { menu, fullScreen, closeWindow, quit } = words.shortcuts;
  expect(app).toEqual(['Settings', 'Keyboard Shortcuts', menu, fullScreen, closeWindow, quit]);
});

it('names a command as the menu does, without its letter and its “…”', () => {
  expect(withoutMnemonic('Print &Page…')).toBe('Print Page');
  expect(withoutMnemonic('A…b')).toBe('A…b');
});

it('shows the keys as they are printed on the keyboard, without other places of the same key', () => {
  expect(keysFor('Reload')).toEqual([['Ctrl', 'R'], ['F5']]);
  expect(keysFor('Reload', true)).toEqual([['⌘', 'R'], ['F5']]);
  expect(keysFor('Zoom In')).toEqual([['Ctrl', '+']]);
  expect(keysFor('Zoom Out')).toEqual([['Ctrl', '−']]);
  expect(keysFor('Actual Size')).toEqual([['Ctrl', '0']]);
  expect(keysFor('Back')).toEqual([['Alt', '←']]);
  expect(keysFor('Forward')).toEqual([['Alt', '→']]);
  expect(keysFor('Back', true)).toEqual([['⌘', '[']]);
  expect(keysFor('Find Previous', true)).toEqual([
    ['⌘', '⇧', 'G'],
    ['⇧', 'F3'],
  ]);
  expect(keysFor(words.shortcuts.pasteAsPlainText, true)).toEqual([['⌘', '⇧', '⌥', 'V']]);
  expect(keysFor(words.shortcuts.fullScreen, true)).toEqual([['⌃', '⌘', 'F']]);
  expect(keysFor(words.shortcuts.menu)).toEqual([['F10'], ['Alt']]);
  expect(keysFor(words.shortcuts.menu, true)).toBeUndefined();
});
