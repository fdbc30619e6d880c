/** The list of all keys that the app and CachiBot's page know, as the user reads it. */

import { words } from '../../words/en';
import {
  COMMANDS,
  type Group,
  keysOf,
  keysOfRole,
  ROLE_SHORTCUTS,
  type Role,
  SHORTCUTS,
  type Shortcut,
} from './shortcuts';

export interface ShortcutGroup {
  title: string;
  rows: ShortcutRow[];
}

export interface ShortcutRow {
  label: string;
  /** The keys that do the same, each with its modifiers first: `[['Ctrl', 'R'], ['F5']]`. */
  keys: string[][];
}

/** Keys that the window or CachiBot's page handles, in the notation of `shortcuts.ts`. */
const OTHERS: readonly { group: Group; label: string; keys: readonly string[]; mac?: readonly string[] }[] = [
  { group: 'chat', label: words.shortcuts.send, keys: ['Enter'] },
  { group: 'chat', label: words.shortcuts.newLine, keys: ['Shift+Enter'] },
  { group: 'app', label: words.shortcuts.menu, keys: ['F10', 'Alt'], mac: [] },
];

const ROLES: { readonly [Name in Role]: string } = {
  undo: words.shortcuts.undo,
  redo: words.shortcuts.redo,
  cut: words.shortcuts.cut,
  copy: words.shortcuts.copy,
  paste: words.shortcuts.paste,
  pasteAndMatchStyle: words.shortcuts.pasteAsPlainText,
  selectAll: words.shortcuts.selectAll,
  togglefullscreen: words.shortcuts.fullScreen,
  close: words.shortcuts.closeWindow,
  quit: words.shortcuts.quit,
};

/** Other places of the same key on the keyboard, which the list leaves out. */
const SAME_KEY = /(\+=|\+num\w+)$/;

/** Returns the list for this system. */
export function shortcutList(mac: boolean): ShortcutGroup[] {
  const rowsOf = (group: Group): ShortcutRow[] =>
    [
      ...COMMANDS.filter(command => groupOf(SHORTCUTS[command]) === group).map(command => ({
        label: withoutMnemonic(words.menu.commands[command]),
        keys: keysOf(command, mac).filter(keys => !SAME_KEY.test(keys)),
      })),
      ...OTHERS.filter(other => other.group === group).map(({ label, keys, mac: onMac = keys }) => ({
        label,
        keys: mac ? onMac : keys,
      })),
      ...(Object.keys(ROLES) as Role[])
        .filter(role => groupOf(ROLE_SHORTCUTS[role]) === group)
        .map(role => ({ label: ROLES[role], keys: keysOfRole(role, mac) })),
    ].flatMap(({ label, keys }) => (keys.length === 0 ? [] : [{ label, keys: keys.map(one => partsOf(one, mac)) }]));
  const groups = Object.keys(words.shortcuts.groups) as Group[];
  return groups.map(group => ({ title: words.shortcuts.groups[group], rows: rowsOf(group) }));
}

function groupOf({ group = 'app' }: Shortcut): Group {
  return group;
}

/** Returns a label of the menu without the mark of its letter and without “…”. */
export function withoutMnemonic(label: string): string {
  return label.replace('&', '').replace(/…$/, '');
}

const NAMES: Readonly<Record<string, readonly [other: string, mac: string]>> = {
  CmdOrCtrl: ['Ctrl', '⌘'],
  Cmd: ['Ctrl', '⌘'],
  Ctrl: ['Ctrl', '⌃'],
  Alt: ['Alt', '⌥'],
  Shift: ['Shift', '⇧'],
  Left: ['←', '←'],
  Right: ['→', '→'],
  Plus: ['+', '+'],
  '-': ['−', '−'],
};

function partsOf(keys: string, mac: boolean): string[] {
  return keys.split('+').map(part => NAMES[part]?.[mac ? 1 : 0] ?? part);
}
