/** The list of all keys that the app and CachiBot's page know, as the user reads it. */

import { words } from '../../words/en';
import { COMMANDS, type Command, type Group, keysOf, SHORTCUTS, type Shortcut } from './shortcuts';

export interface ShortcutGroup {
  title: string;
  rows: ShortcutRow[];
}

export interface ShortcutRow {
  label: string;
  /** The keys that do the same, each with its modifiers first: `[['Ctrl', 'R'], ['F5']]`. */
  keys: string[][];
}

/** Keys that Chromium, the system or CachiBot's page handles, in the notation of `shortcuts.ts`. */
const OTHERS: readonly { group: Group; label: string; keys: readonly string[]; mac?: readonly string[] }[] = [
  { group: 'chat', label: words.shortcuts.send, keys: ['Enter'] },
  { group: 'chat', label: words.shortcuts.newLine, keys: ['Shift+Enter'] },
  { group: 'edit', label: words.shortcuts.undo, keys: ['CmdOrCtrl+Z'] },
  { group: 'edit', label: words.shortcuts.redo, keys: ['CmdOrCtrl+Shift+Z'] },
  { group: 'edit', label: words.shortcuts.cut, keys: ['CmdOrCtrl+X'] },
  { group: 'edit', label: words.shortcuts.copy, keys: ['CmdOrCtrl+C'] },
  { group: 'edit', label: words.shortcuts.paste, keys: ['CmdOrCtrl+V'] },
  { group: 'edit', label: words.shortcuts.pasteAsPlainText, keys: ['CmdOrCtrl+Shift+V'], mac: ['Cmd+Shift+Alt+V'] },
  { group: 'edit', label: words.shortcuts.selectAll, keys: ['CmdOrCtrl+A'] },
  { group: 'app', label: words.shortcuts.menu, keys: ['F10', 'Alt'], mac: [] },
  { group: 'app', label: words.shortcuts.fullScreen, keys: ['F11'], mac: ['Ctrl+Cmd+F'] },
  { group: 'app', label: words.shortcuts.closeWindow, keys: ['CmdOrCtrl+W'] },
  { group: 'app', label: words.shortcuts.quit, keys: ['CmdOrCtrl+Q'] },
];

/** Other places of the same key on the keyboard, which the list leaves out. */
const SAME_KEY = /(\+=|\+num\w+)$/;

/** Returns the list for this system. */
export function shortcutList(mac: boolean): ShortcutGroup[] {
  const rowsOf = (group: Group): ShortcutRow[] =>
    [
      ...COMMANDS.filter(command => groupOf(command) === group).map(command => ({
        label: withoutMnemonic(words.menu.commands[command]),
        keys: keysOf(command, mac).filter(keys => !SAME_KEY.test(keys)),
      })),
      ...OTHERS.filter(other => other.group === group).map(({ label, keys, mac: onMac = keys }) => ({
        label,
        keys: mac ? onMac : keys,
      })),
    ].flatMap(({ label, keys }) => (keys.length === 0 ? [] : [{ label, keys: keys.map(one => partsOf(one, mac)) }]));
  const groups = Object.keys(words.shortcuts.groups) as Group[];
  return groups.map(group => ({ title: words.shortcuts.groups[group], rows: rowsOf(group) }));
}

function groupOf(command: Command): Group {
  const { group = 'app' }: Shortcut = SHORTCUTS[command];
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
