import { describe, expect, it } from 'vitest';
import { autostartEntry, isEnabled, programOf } from '../../../../desktop/system/core/autostart-entry';

const execOf = (command: string[]) => /^Exec=(.*)$/m.exec(autostartEntry(command))?.[1];

describe('the program in an autostart file', () => {
  it.each<[string[], string]>([
    [['/opt/CachiBot/cachibot-desktop'], '"/opt/CachiBot/cachibot-desktop"'],
    [['/home/ada/My Apps/CachiBot.AppImage', '--x'], '"/home/ada/My Apps/CachiBot.AppImage" "--x"'],
    [['/a%b'], '"/a%%b"'],
    [['/a"b'], String.raw`"/a\\"b"`],
    [['/a$b'], String.raw`"/a\\$b"`],
    [['/a\\b'], String.raw`"/a\\\\b"`],
  ])('%j is quoted so that the desktop reads the same', (command, exec) => {
    expect(execOf(command)).toBe(exec);
    expect(programOf(autostartEntry(command))).toBe(command[0]);
  });

  it.each<[string, string | undefined]>([
    ['Exec=/opt/CachiBot/cachibot-desktop --x', '/opt/CachiBot/cachibot-desktop'],
    ['Exec = "/opt/My App"', '/opt/My App'],
    ['Exec=env LANG=C /opt/CachiBot/cachibot-desktop', undefined],
    ['Exec=', undefined],
    ['TryExec=/opt/CachiBot/cachibot-desktop', undefined],
  ])('is read from %j, if it has an absolute path', (line, program) => {
    expect(programOf(`[Desktop Entry]\n${line}\n`)).toBe(program);
  });
});

it('is an enabled entry of the XDG specification', () => {
  expect(autostartEntry(['/x', '--y'])).toBe(
    '[Desktop Entry]\nType=Application\nName=CachiBot\nTryExec=/x\nExec="/x" "--y"\nTerminal=false\nX-GNOME-Autostart-enabled=true\n',
  );
});

it('makes a desktop ignore the entry when its program is missing, as after the removal of a package', () => {
  expect(autostartEntry(['/opt/My App/a\\b', '--x'])).toContain('\nTryExec=/opt/My App/a\\\\b\n');
});

it.each<[string, boolean]>([
  [autostartEntry(['/x']), true],
  ['[Desktop Entry]\nExec=/x\n', true],
  ['[Desktop Entry]\nExec=/x\nHidden=true\n', false],
  ['[Desktop Entry]\nExec=/x\nX-GNOME-Autostart-enabled=false\n', false],
  ['[Desktop Entry]\nExec=/x\nHidden=false\n', true],
  ['  Hidden  =  true  \n', false],
  ['  X-GNOME-Autostart-enabled  =  false  \n', false],
  ['Hidden=true', false],
  ['X-GNOME-Autostart-enabled=false', false],
  ['#Hidden=true\n#X-GNOME-Autostart-enabled=false\n', true],
  ['Hidden=trueish\nX-GNOME-Autostart-enabled=falsey\n', true],
])('an entry that a desktop has changed is read as the desktop reads it', (entry, on) => {
  expect(isEnabled(entry)).toBe(on);
});
