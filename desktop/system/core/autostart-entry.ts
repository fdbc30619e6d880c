/** The file that makes a Linux desktop start the app at login, as the XDG autostart specification defines it. */

/** The option that starts the app without a window, as startup/core/config.ts reads it. */
export const HIDDEN = '--hidden';

export const AUTOSTART_FILE = 'cachibot-desktop.desktop';

/** Returns the file's content for a program and its arguments. */
export function autostartEntry(command: readonly string[]): string {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=CachiBot',
    // A desktop ignores the entry if this program is missing: nothing removes the entry with the app.
    `TryExec=${(command[0] ?? '').replaceAll('\\', '\\\\')}`,
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether the desktop would start the program: desktops disable an entry by a line in the file. */
export function isEnabled(entry: string): boolean {
  return !/^\s*Hidden\s*=\s*true\s*$/im.test(entry) && !/^\s*X-GNOME-Autostart-enabled\s*=\s*false\s*$/im.test(entry);
}

/** Returns the program of an entry; undefined if it is not an absolute path, in an entry that a user has written. */
export function programOf(entry: string): string | undefined {
  const exec = /^\s*Exec\s*=\s*(.*)/m.exec(entry)?.[1]?.replaceAll('\\\\', '\\') ?? '';
  const [, inQuotes, plain] = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(exec) ?? [];
  const program = (inQuotes?.replace(/\\(.)/g, '$1') ?? plain ?? '').replaceAll('%%', '%');
  return program.startsWith('/') ? program : undefined;
}

/** Quotes an argument of Exec as the specification requires: first as for a shell, then as a string value of the file. */
function quoted(arg: string): string {
  const escaped = arg.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${escaped.replaceAll('\\', '\\\\')}"`;
}
