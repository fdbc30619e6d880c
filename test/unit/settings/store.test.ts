import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaults } from '../../../desktop/settings/core/settings';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { openSettings } from '../../../desktop/settings/store';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

let folder: string;
let file: string;
let said: string[];

beforeEach(() => {
  folder = createTemporaryFolder();
  file = join(folder, 'settings.json');
  said = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function open(where = file) {
  const log = (line: string) => said.push(line);
  return openSettings(openJsonFile(where, log), log);
}

const aside = () => readdirSync(folder).filter(name => name.includes('.bad-'));
const contentAside = () => aside().map(name => readFileSync(join(folder, name), 'utf8'));

describe('with no file', () => {
  it('the defaults are used, nothing is written, and nothing is said', () => {
    expect(open().get()).toEqual(defaults());
    expect(readdirSync(folder)).toEqual([]);
    expect(said).toEqual([]);
  });

  it('the first change makes it, and its folder too', () => {
    const deep = join(folder, 'not', 'there', 'settings.json');
    open(deep).set('updateChannel', 'beta');
    expect(open(deep).get()).toEqual({ ...defaults(), updateChannel: 'beta' });
  });
});

describe('a change', () => {
  it('counts at once and after the next start', () => {
    const settings = open();
    settings.set('startLimitSeconds', 90);
    expect(settings.get().startLimitSeconds).toBe(90);
    expect(open().get().startLimitSeconds).toBe(90);
  });

  it('is written for people to read, and for nobody else to read', () => {
    open().set('autoUpdateEnabled', false);
    expect(readFileSync(file, 'utf8')).toMatch(/^{\n {2}"autoUpdateEnabled": false,\n(?: {2}.+\n)+}\n$/);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing beside the file', () => {
    const settings = open();
    settings.set('autoUpdateEnabled', false);
    settings.set('autoUpdateEnabled', true);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('to a wrong value is refused, and changes neither file nor settings', () => {
    const settings = open();
    settings.set('updateChannel', 'beta');
    const before = readFileSync(file, 'utf8');
    expect(() => settings.set('updateChannel', 'nightly')).toThrow(TypeError);
    expect(settings.get().updateChannel).toBe('beta');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('that was cut short by a crash leaves the old file whole', () => {
    open().set('updateChannel', 'beta');
    writeFileSync(`${file}.new`, '{"updateCh');
    const settings = open();
    expect(settings.get().updateChannel).toBe('beta');
    settings.set('autoInstallUpdates', true);
    expect(open().get()).toMatchObject({ updateChannel: 'beta', autoInstallUpdates: true });
    expect(said).toEqual([]);
  });

  it('makes a file that others could read private again', () => {
    writeFileSync(file, '{}', { mode: 0o644 });
    chmodSync(file, 0o644);
    open().set('updateChannel', 'beta');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('a disk that refuses', () => {
  // A file where the folder should be: root may write everywhere, but not there.
  it('is told to whoever made the change, and the old value stays', () => {
    const blocked = join(folder, 'in-the-way', 'settings.json');
    const settings = open(blocked);
    writeFileSync(join(folder, 'in-the-way'), '');
    expect(() => settings.set('updateChannel', 'beta')).toThrow(/EEXIST|ENOTDIR/);
    expect(settings.get()).toEqual(defaults());
  });

  it('or cannot be read costs a line in the log, not the start', () => {
    mkdirSync(file);
    expect(open().get()).toEqual(defaults());
    expect(said).toEqual([expect.stringMatching(/settings\.json cannot be read: EISDIR/)]);
  });
});

describe('a file that cannot be read', () => {
  // Root may read every file, but no folder, and no link that leads to itself.
  const asFolder = () => {
    mkdirSync(file);
    writeFileSync(join(file, 'inside'), 'kept');
  };
  const asLink = () => symlinkSync('settings.json', file);

  it.each([
    ['a folder', asFolder, 'EISDIR'],
    ['a link in a circle', asLink, 'ELOOP'],
  ])('%s: is left alone, and set aside at the first change', { tags: 'posix' }, (_what, make, code) => {
    make();
    const before = lstatSync(file).ino;
    const settings = open();
    expect(settings.get()).toEqual(defaults());
    expect(said).toEqual([expect.stringMatching(`settings.json cannot be read: ${code}`)]);
    expect([lstatSync(file).ino, aside()]).toEqual([before, []]);
    settings.set('updateChannel', 'beta');
    settings.set('autoInstallUpdates', true);
    expect(aside().map(name => lstatSync(join(folder, name)).ino)).toEqual([before]);
    expect(said[1]).toContain(join(folder, aside()[0]!));
    expect(open().get()).toMatchObject({ updateChannel: 'beta', autoInstallUpdates: true });
  });

  it('refuses the change when it cannot be set aside', () => {
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

  it('is not removed unseen either', () => {
    asFolder();
    const kept = openJsonFile(file, line => said.push(line));
    kept.read();
    kept.remove();
    expect(readFileSync(join(folder, aside()[0]!, 'inside'), 'utf8')).toBe('kept');
    expect(existsSync(file)).toBe(false);
  });
});

describe('a damaged file', () => {
  it.each([
    ['cut in the middle', '{"updateChannel": "be'],
    ['empty, as after a power cut', ''],
    ['full of zeros, as after a power cut', '\0'.repeat(100)],
    ['not JSON', 'updateChannel=beta'],
  ])('%s: is set aside with its content, and the log says where', (_how, content) => {
    writeFileSync(file, content);
    expect(open().get()).toEqual(defaults());
    expect(existsSync(file)).toBe(false);
    expect(contentAside()).toEqual([content]);
    expect(said).toEqual([expect.stringContaining(join(folder, aside()[0]!))]);
  });

  it('is spoken of once: the next start knows nothing of it', () => {
    writeFileSync(file, '{');
    open();
    said = [];
    open().set('updateChannel', 'beta');
    expect(said).toEqual([]);
    expect(contentAside()).toEqual(['{']);
  });

  it('never overwrites one that was set aside before', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime('2026-08-01T10:00:00Z');
    writeFileSync(file, 'first');
    open();
    vi.setSystemTime('2026-08-01T10:00:01Z');
    writeFileSync(file, 'second');
    open();
    expect(contentAside().sort()).toEqual(['first', 'second']);
  });

  it('that cannot be set aside costs a line in the log, not the start', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime('2026-08-01T10:00:00Z');
    writeFileSync(file, '{');
    // A folder in its place: root may rename everywhere, but not over that.
    mkdirSync(`${file}.bad-2026-08-01T10-00-00-000Z`);
    expect(open().get()).toEqual(defaults());
    expect(said).toEqual([expect.stringContaining(file)]);
  });
});

describe('a file with a wrong value', () => {
  const content = '{"updateChannel": "nightly", "autoInstallUpdates": true}';

  it('gets the default for that one, keeps the others, and says so', () => {
    writeFileSync(file, content);
    expect(open().get()).toEqual({ ...defaults(), autoInstallUpdates: true });
    expect(said).toEqual(['settings: updateChannel must be "stable" or "beta", not "nightly". The default is used.']);
  });

  it('is left alone until the first change', () => {
    writeFileSync(file, content);
    const settings = open();
    expect(() => settings.set('startLimitSeconds', -1)).toThrow();
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(aside()).toEqual([]);
  });

  it('is kept aside at the first change, and only then', () => {
    writeFileSync(file, content);
    const settings = open();
    settings.set('startLimitSeconds', 90);
    settings.set('startLimitSeconds', 91);
    expect(contentAside()).toEqual([content]);
    expect(open().get()).toEqual({ ...defaults(), autoInstallUpdates: true, startLimitSeconds: 91 });
  });

  it.each(['null', '[]', '"text"', '5'])('is one that holds %s, too', text => {
    writeFileSync(file, text);
    const settings = open();
    expect(settings.get()).toEqual(defaults());
    settings.set('updateChannel', 'beta');
    expect(contentAside()).toEqual([text]);
  });
});
