/** The file by which a Linux desktop starts the app when the user logs in, after the XDG autostart specification. */

export const AUTOSTART_FILE = 'cachibot-desktop.desktop';

/** The file's content for a program and its arguments. */
export function autostartEntry(command: readonly string[]): string {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=CachiBot',
    // A desktop leaves the entry alone when its program is gone: nothing else removes it with the app.
    `TryExec=${(command[0] ?? '').replaceAll('\\', '\\\\')}`,
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether the desktop would start what the file names: desktops switch one off by a line in it. */
export function isSwitchedOn(entry: string): boolean {
  return !/^\s*Hidden\s*=\s*true\s*$/im.test(entry) && !/^\s*X-GNOME-Autostart-enabled\s*=\s*false\s*$/im.test(entry);
}

/** The file that an entry starts; undefined when it names none by its whole path, as only users write one. */
export function programOf(entry: string): string | undefined {
  const exec = /^\s*Exec\s*=\s*(.*)$/m.exec(entry)?.[1]?.replaceAll('\\\\', '\\') ?? '';
  const [, inQuotes, plain] = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(exec) ?? [];
  const program = (inQuotes?.replace(/\\(.)/g, '$1') ?? plain ?? '').replaceAll('%%', '%');
  return program.startsWith('/') ? program : undefined;
}

/** As the specification asks: a word of Exec is quoted for a shell's reader, and then once more as a value of the file. */
function quoted(word: string): string {
  const escaped = word.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${escaped.replaceAll('\\', '\\\\')}"`;
}
