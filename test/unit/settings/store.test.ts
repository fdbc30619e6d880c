import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaults, isSettings } from '../../../desktop/settings/core/settings';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { openSettings } from '../../../desktop/settings/store';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

let folder: string;
let file: string;
let logged: string[];

beforeEach(() => {
  folder = createTemporaryFolder();
  file = join(folder, 'settings.json');
  logged = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function open(where = file) {
  const log = (line: string) => logged.push(line);
  return openSettings(openJsonFile(where, log, { mayReplaceLinked: isSettings }), log);
}

const quarantined = () => readdirSync(folder).filter(name => name.includes('.bad-'));
const quarantinedContent = () => quarantined().map(name => readFileSync(join(folder, name), 'utf8'));

describe('with no file', () => {
  it('the defaults are used, and nothing is written or logged', () => {
    expect(open().get()).toEqual(defaults());
    expect(readdirSync(folder)).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('the first change creates it and its folder', () => {
    const deep = join(folder, 'not', 'there', 'settings.json');
    open(deep).set('updateChannel', 'beta');
    expect(open(deep).get()).toEqual({ ...defaults(), updateChannel: 'beta' });
  });
});

describe('a change', () => {
  it('takes effect at once, and after the next start', () => {
    const settings = open();
    settings.set('startLimitSeconds', 90);
    expect(settings.get().startLimitSeconds).toBe(90);
    expect(open().get().startLimitSeconds).toBe(90);
  });

  it('is written in a readable format, and private to its owner', () => {
    open().set('autoUpdateEnabled', false);
    expect(readFileSync(file, 'utf8')).toMatch(/^{\n {2}"autoUpdateEnabled": false,\n(?: {2}.+\n)+}\n$/);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is told to the listeners after it was saved, with the settings before', () => {
    const settings = open();
    const told: unknown[] = [];
    settings.onChange((now, before) =>
      told.push([now.updateChannel, before.updateChannel, readFileSync(file, 'utf8')]),
    );
    expect(() => settings.set('updateChannel', 'nightly')).toThrow();
    settings.set('updateChannel', 'beta');
    expect(told).toEqual([['beta', 'stable', expect.stringContaining('"updateChannel": "beta"')]]);
  });

  it('leaves no temporary file', () => {
    const settings = open();
    settings.set('autoUpdateEnabled', false);
    settings.set('autoUpdateEnabled', true);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('to an invalid value throws, and changes neither file nor settings', () => {
    const settings = open();
    settings.set('updateChannel', 'beta');
    const before = readFileSync(file, 'utf8');
    expect(() => settings.set('updateChannel', 'nightly')).toThrow(TypeError);
    expect(settings.get().updateChannel).toBe('beta');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('that a crash interrupts leaves the old file intact', () => {
    open().set('updateChannel', 'beta');
    writeFileSync(`${file}.new`, '{"updateCh');
    const settings = open();
    expect(settings.get().updateChannel).toBe('beta');
    settings.set('autoInstallUpdates', true);
    expect(open().get()).toMatchObject({ updateChannel: 'beta', autoInstallUpdates: true });
    expect(logged).toEqual([]);
  });

  it('makes a file private that others could read', () => {
    writeFileSync(file, '{}', { mode: 0o644 });
    chmodSync(file, 0o644);
    open().set('updateChannel', 'beta');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('a file that another program changes', () => {
  it('keeps those changes at the next change, and tells the listeners of both', () => {
    const settings = open();
    settings.set('autoInstallUpdates', true);
    const told: unknown[] = [];
    settings.onChange((now, before) => told.push([now.notifications, before.notifications, now.updateChannel]));
    const edited = { ...JSON.parse(readFileSync(file, 'utf8')), notifications: false };
    writeFileSync(file, JSON.stringify(edited));
    settings.set('updateChannel', 'beta');
    const expected = { ...defaults(), autoInstallUpdates: true, notifications: false, updateChannel: 'beta' };
    expect(settings.get()).toEqual(expected);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(expected);
    expect(told).toEqual([[false, true, 'beta']]);
  });

  it('is read again, and only a change is told', () => {
    const settings = open();
    const told: unknown[] = [];
    settings.onChange(now => told.push(now.notifications));
    settings.reload();
    writeFileSync(file, '{"notifications": false}');
    settings.reload();
    settings.reload();
    expect(settings.get().notifications).toBe(false);
    expect(told).toEqual([false]);
  });

  it.each(['{"notifications": fal', ''])('counts when it is complete, not as %j', half => {
    const settings = open();
    settings.set('updateChannel', 'beta');
    writeFileSync(file, half);
    settings.reload();
    expect(settings.get().updateChannel).toBe('beta');
    expect(readFileSync(file, 'utf8')).toBe(half);
    expect(quarantined()).toEqual([]);
  });

  it('is quarantined at the next change if the user has written an invalid value', () => {
    const settings = open();
    settings.set('updateChannel', 'beta');
    writeFileSync(file, '{"updateChannel": "nightly"}');
    settings.set('notifications', false);
    expect(quarantinedContent()).toEqual(['{"updateChannel": "nightly"}']);
    expect(open().get()).toMatchObject({ updateChannel: 'stable', notifications: false });
  });

  it('is quarantined at the next change if the user has written something else than JSON', () => {
    const settings = open();
    settings.set('updateChannel', 'beta');
    writeFileSync(file, '{"updateChannel": "stable",}');
    settings.set('notifications', false);
    settings.set('autoInstallUpdates', true);
    expect(quarantinedContent()).toEqual(['{"updateChannel": "stable",}']);
    expect(open().get()).toMatchObject({ updateChannel: 'beta', notifications: false, autoInstallUpdates: true });
  });
});

describe('a disk that fails', () => {
  // A file in place of the folder: root may write everywhere, but not there.
  it('makes the change throw, and the old value stays', () => {
    const blocked = join(folder, 'in-the-way', 'settings.json');
    const settings = open(blocked);
    writeFileSync(join(folder, 'in-the-way'), '');
    expect(() => settings.set('updateChannel', 'beta')).toThrow(/EEXIST|ENOTDIR/);
    expect(settings.get()).toEqual(defaults());
  });

  it('on reading costs a line in the log, not the start', () => {
    mkdirSync(file);
    expect(open().get()).toEqual(defaults());
    expect(logged).toEqual([expect.stringMatching(/settings\.json cannot be read: It is a folder\./)]);
  });
});

describe('a file that cannot be read', () => {
  // Root can read every file, but not a folder, and not a link to itself.
  const asFolder = () => {
    mkdirSync(file);
    writeFileSync(join(file, 'inside'), 'kept');
  };
  const asLink = () => symlinkSync('settings.json', file);

  const makeSparse = (path: string) => {
    writeFileSync(path, '');
    truncateSync(path, 2_000_000_000);
  };

  it.each([
    ['a folder', asFolder, 'It is a folder.'],
    ['a link to itself', asLink, 'ELOOP'],
    [
      'a link to nothing',
      () => symlinkSync('missing.json', file),
      'It is a link to missing.json. There is no such file.',
    ],
    ['a pipe', () => execFileSync('mkfifo', [file]), 'It is a pipe.'],
    ['a link to a device', () => symlinkSync('/dev/zero', file), 'It is not a file.'],
    ['a file of 2 GB', () => makeSparse(file), 'It has 2000000000 bytes.'],
  ])('%s: stays, and is quarantined at the first change', { tags: 'posix' }, (_what, make, code) => {
    make();
    const before = lstatSync(file).ino;
    const settings = open();
    expect(settings.get()).toEqual(defaults());
    expect(logged).toEqual([expect.stringMatching(`settings.json cannot be read: ${code}`)]);
    expect([lstatSync(file).ino, quarantined()]).toEqual([before, []]);
    settings.set('updateChannel', 'beta');
    settings.set('autoInstallUpdates', true);
    expect(quarantined().map(name => lstatSync(join(folder, name)).ino)).toEqual([before]);
    expect(logged[1]).toContain(join(folder, quarantined()[0]!));
    expect(open().get()).toMatchObject({ updateChannel: 'beta', autoInstallUpdates: true });
  });

  it('makes the change throw when it cannot be quarantined', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime('2026-08-01T10:00:00Z');
    asFolder();
    const taken = `${file}.bad-2026-08-01T10-00-00-000Z`;
    writeFileSync(taken, '');
    const settings = open();
    expect(() => settings.set('updateChannel', 'beta')).toThrow();
    expect(() => settings.set('updateChannel', 'beta')).toThrow();
    expect(readFileSync(join(file, 'inside'), 'utf8')).toBe('kept');
  });

  it('is quarantined instead of removed', () => {
    asFolder();
    const jsonFile = openJsonFile(file, line => logged.push(line));
    jsonFile.read();
    jsonFile.remove();
    expect(readFileSync(join(folder, quarantined()[0]!, 'inside'), 'utf8')).toBe('kept');
    expect(existsSync(file)).toBe(false);
  });
});

describe('a link', { tags: 'posix' }, () => {
  const target = () => join(folder, 'dotfiles', 'cachibot.json');
  const linkTo = (content: string) => {
    mkdirSync(join(folder, 'dotfiles'));
    writeFileSync(target(), content);
    symlinkSync(target(), file);
  };

  it('to a settings file is followed: the user keeps it elsewhere', () => {
    linkTo('{"updateChannel": "beta"}');
    const settings = open();
    expect(settings.get().updateChannel).toBe('beta');
    settings.set('autoInstallUpdates', true);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(target(), 'utf8'))).toMatchObject({
      updateChannel: 'beta',
      autoInstallUpdates: true,
    });
    expect(readdirSync(join(folder, 'dotfiles'))).toEqual(['cachibot.json']);
    expect(logged).toEqual([]);
  });

  it.each([
    ['another program’s file', '{"updateChannel": "beta", "scripts": {}}'],
    ['an empty object', '{}'],
    ['a script', 'export PATH'],
  ])('to %s is quarantined, and its target is not changed', (_what, content) => {
    linkTo(content);
    const settings = open();
    settings.set('autoInstallUpdates', true);
    expect(readFileSync(target(), 'utf8')).toBe(content);
    expect(open().get().autoInstallUpdates).toBe(true);
    expect(quarantined().map(name => lstatSync(join(folder, name)).isSymbolicLink())).toEqual([true]);
    expect(logged.join()).toContain(join(folder, quarantined()[0]!));
  });

  it.each([
    ['a link', () => symlinkSync(target(), `${file}.new`)],
    ['a pipe', () => execFileSync('mkfifo', [`${file}.new`])],
    ['a folder', () => mkdirSync(join(`${file}.new`, 'inside'), { recursive: true })],
  ])('or other thing in the place of the new file: %s', (_what, make) => {
    mkdirSync(join(folder, 'dotfiles'));
    writeFileSync(target(), 'mine');
    make();
    open().set('updateChannel', 'beta');
    expect(open().get().updateChannel).toBe('beta');
    expect(readFileSync(target(), 'utf8')).toBe('mine');
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});

describe('a damaged file', () => {
  it.each([
    ['truncated', '{"updateChannel": "be'],
    ['empty, as after a power cut', ''],
    ['full of zeros, as after a power cut', '\0'.repeat(100)],
    ['not JSON', 'updateChannel=beta'],
  ])('%s: is quarantined with its content, and the log names the new file', (_how, content) => {
    writeFileSync(file, content);
    expect(open().get()).toEqual(defaults());
    expect(existsSync(file)).toBe(false);
    expect(quarantinedContent()).toEqual([content]);
    expect(logged).toEqual([expect.stringContaining(join(folder, quarantined()[0]!))]);
  });

  it('is logged once: the next start finds no file', () => {
    writeFileSync(file, '{');
    open();
    logged = [];
    open().set('updateChannel', 'beta');
    expect(logged).toEqual([]);
    expect(quarantinedContent()).toEqual(['{']);
  });

  it('does not overwrite an earlier quarantined file', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime('2026-08-01T10:00:00Z');
    writeFileSync(file, 'first');
    open();
    vi.setSystemTime('2026-08-01T10:00:01Z');
    writeFileSync(file, 'second');
    open();
    expect(quarantinedContent().sort()).toEqual(['first', 'second']);
  });

  it('that cannot be quarantined costs a line in the log, not the start', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime('2026-08-01T10:00:00Z');
    writeFileSync(file, '{');
    // A folder with the new name: root may rename everywhere, but not over a folder.
    mkdirSync(`${file}.bad-2026-08-01T10-00-00-000Z`);
    expect(open().get()).toEqual(defaults());
    expect(logged).toEqual([expect.stringContaining(file)]);
  });
});

describe('a file with an invalid value', () => {
  const content = '{"updateChannel": "nightly", "autoInstallUpdates": true}';

  it('gets the default for it, keeps the others, and is logged', () => {
    writeFileSync(file, content);
    expect(open().get()).toEqual({ ...defaults(), autoInstallUpdates: true });
    expect(logged).toEqual(['settings: updateChannel must be "stable" or "beta", not "nightly". The default is used.']);
  });

  it('stays until the first change', () => {
    writeFileSync(file, content);
    const settings = open();
    expect(() => settings.set('startLimitSeconds', -1)).toThrow();
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(quarantined()).toEqual([]);
  });

  it('is quarantined at the first change, and only then', () => {
    writeFileSync(file, content);
    const settings = open();
    settings.set('startLimitSeconds', 90);
    settings.set('startLimitSeconds', 91);
    expect(quarantinedContent()).toEqual([content]);
    expect(open().get()).toEqual({ ...defaults(), autoInstallUpdates: true, startLimitSeconds: 91 });
  });

  it.each(['null', '[]', '"text"', '5'])('may contain %s', text => {
    writeFileSync(file, text);
    const settings = open();
    expect(settings.get()).toEqual(defaults());
    settings.set('updateChannel', 'beta');
    expect(quarantinedContent()).toEqual([text]);
  });
});
