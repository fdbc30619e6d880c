/** The keys of the shell's commands: the menu shows them, the windows listen to them, and the help lists them. */

/** In Electron's notation. The menu shows the first one. */
type Keys = readonly [string, ...string[]];

/** A part of the list of keys. */
export type Group = 'chat' | 'page' | 'find' | 'zoom' | 'edit' | 'app';

export interface Shortcut {
  /** `app` without it. */
  group?: Group;
  keys: Keys;
  /** The keys on macOS, where they differ. */
  mac?: Keys;
}

export const SHORTCUTS = {
  newChat: { group: 'chat', keys: ['CmdOrCtrl+N'] },
  palette: { group: 'chat', keys: ['CmdOrCtrl+K'] },
  sidebar: { group: 'chat', keys: ['CmdOrCtrl+B'] },
  reload: { group: 'page', keys: ['CmdOrCtrl+R', 'F5'] },
  reloadWithoutCache: { group: 'page', keys: ['CmdOrCtrl+Shift+R', 'CmdOrCtrl+F5'] },
  back: { group: 'page', keys: ['Alt+Left'], mac: ['Cmd+['] },
  forward: { group: 'page', keys: ['Alt+Right'], mac: ['Cmd+]'] },
  zoomIn: { group: 'zoom', keys: ['CmdOrCtrl+Plus', 'CmdOrCtrl+=', 'CmdOrCtrl+numadd'] },
  zoomOut: { group: 'zoom', keys: ['CmdOrCtrl+-', 'CmdOrCtrl+numsub'] },
  resetZoom: { group: 'zoom', keys: ['CmdOrCtrl+0', 'CmdOrCtrl+num0'] },
  find: { group: 'find', keys: ['CmdOrCtrl+F'] },
  findNext: { group: 'find', keys: ['F3', 'CmdOrCtrl+G'], mac: ['Cmd+G', 'F3'] },
  findPrevious: { group: 'find', keys: ['Shift+F3', 'CmdOrCtrl+Shift+G'], mac: ['Cmd+Shift+G', 'Shift+F3'] },
  print: { group: 'page', keys: ['CmdOrCtrl+P'] },
  settings: { keys: ['CmdOrCtrl+,'] },
  shortcuts: { keys: ['CmdOrCtrl+/'] },
} as const satisfies Record<string, Shortcut>;

export type Command = keyof typeof SHORTCUTS;

/** The keys of what Electron and Chromium do themselves, by Electron's names of the roles. */
export const ROLE_SHORTCUTS = {
  undo: { group: 'edit', keys: ['CmdOrCtrl+Z'] },
  redo: { group: 'edit', keys: ['CmdOrCtrl+Shift+Z'] },
  cut: { group: 'edit', keys: ['CmdOrCtrl+X'] },
  copy: { group: 'edit', keys: ['CmdOrCtrl+C'] },
  paste: { group: 'edit', keys: ['CmdOrCtrl+V'] },
  pasteAndMatchStyle: { group: 'edit', keys: ['CmdOrCtrl+Shift+V'], mac: ['Cmd+Shift+Alt+V'] },
  selectAll: { group: 'edit', keys: ['CmdOrCtrl+A'] },
  togglefullscreen: { keys: ['F11'], mac: ['Ctrl+Cmd+F'] },
  close: { keys: ['CmdOrCtrl+W'] },
  quit: { keys: ['CmdOrCtrl+Q'] },
} as const satisfies Record<string, Shortcut>;

export type Role = keyof typeof ROLE_SHORTCUTS;

/** The commands that CachiBot's page runs itself. */
export const PAGE_COMMANDS = ['newChat', 'palette', 'sidebar'] as const satisfies readonly Command[];

export type PageCommand = (typeof PAGE_COMMANDS)[number];

/** A key that is pressed, as in Electron's event `before-input-event`. */
export interface PressedKey {
  key: string;
  code: string;
  control: boolean;
  meta: boolean;
  alt: boolean;
  shift: boolean;
}

/** A key by what it types, or by its place on the keyboard. */
type WantedKey = Pick<PressedKey, 'key'> | Pick<PressedKey, 'code'>;

/** Names in Electron's notation of keys that the browser's events name otherwise. */
const NAMED: Readonly<Record<string, WantedKey>> = {
  left: { key: 'ArrowLeft' },
  right: { key: 'ArrowRight' },
  plus: { key: '+' },
  numadd: { code: 'NumpadAdd' },
  numsub: { code: 'NumpadSubtract' },
  num0: { code: 'Numpad0' },
};

/** Keys that need Shift in some layouts only. */
const ANY_SHIFT = ['+', '=', '-', '/'];

/** Returns the keys of a command on this system. */
export function keysOf(command: Command, mac: boolean): Keys {
  const { keys, mac: onMac = keys }: Shortcut = SHORTCUTS[command];
  return mac ? onMac : keys;
}

/** Returns the keys of a role on this system. */
export function keysOfRole(role: Role, mac: boolean): Keys {
  const { keys, mac: onMac = keys }: Shortcut = ROLE_SHORTCUTS[role];
  return mac ? onMac : keys;
}

/** Returns the command whose key is pressed. On macOS, AltGr does not exist; elsewhere it counts as Ctrl and Alt. */
export function commandFor(pressed: PressedKey, mac: boolean): Command | undefined {
  return COMMANDS.find(command => keysOf(command, mac).some(keys => isPressed(keys, pressed, mac)));
}

export const COMMANDS = Object.keys(SHORTCUTS) as readonly Command[];

function isPressed(keys: string, pressed: PressedKey, mac: boolean): boolean {
  const parts = keys.toLowerCase().split('+');
  const name = String(parts.pop());
  const needs = (modifier: string) => parts.includes(modifier);
  const command = needs('cmdorctrl') || needs('cmd');
  const wanted = NAMED[name] ?? { key: name };
  return (
    pressed.control === (command && !mac) &&
    pressed.meta === (command && mac) &&
    pressed.alt === needs('alt') &&
    (pressed.shift === needs('shift') || ('key' in wanted && ANY_SHIFT.includes(wanted.key))) &&
    isKey(wanted, pressed)
  );
}

function isKey(wanted: WantedKey, pressed: PressedKey): boolean {
  if ('code' in wanted) return pressed.code === wanted.code;
  if (pressed.key.toLowerCase() === wanted.key.toLowerCase()) return true;
  // A layout without Latin letters, such as Russian, has the same keys at the same places.
  const code = wanted.key === ',' ? 'Comma' : `Key${wanted.key.toUpperCase()}`;
  return /^[^\0-\x7f]$/.test(pressed.key) && pressed.code === code;
}
