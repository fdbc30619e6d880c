/**
 * The packages of `npm run dist`, installed, started, upgraded and removed in a view of this machine.
 * @module-tag linux
 */

import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BUDGETS_MB } from '../../scripts/dist/sizes.mjs';
import { HOME, type MachineView, openMachineView, pathExists, USER } from '../drivers/machine-view';
import { readDesktopEntry } from './desktop-entry';
import { expectComplete, expectSmokeReport } from './installed';

const findBy = (end: string, files: readonly string[]) => {
  const file = files.find(name => name.endsWith(end));
  if (file === undefined) throw new Error(`There is no ${end} among: ${files.join(', ')}.`);
  return file;
};
const installer = (end: string) => findBy(end, inject('installers').release);
const older = (end: string) => findBy(end, inject('installers').older);

const PROGRAM = '/opt/CachiBot/cachibot-desktop';
const ENTRY = '/usr/share/applications/cachibot-desktop.desktop';
/** Files of the package managers: logs, caches, and lists of packages. */
const PACKAGE_MANAGER_FILES = /^\/(var\/(log|cache(?!\/apparmor)|lib\/(apt|dpkg|rpm)|backups)|root)\//;

it.each(['.AppImage', '.deb'] as const)('%s with the real server is within its size budget', end => {
  expect(statSync(installer(end)).size).toBeLessThan(BUDGETS_MB[end] * 1e6);
});

let machine: MachineView;

/** Every changed path that mentions the app, in its name or content, outside the user's home. */
function traces(): string[] {
  const changed = machine.changes().filter(path => !PACKAGE_MANAGER_FILES.test(path) && !path.startsWith(`${HOME}/`));
  return changed
    .filter(path => pathExists(machine.at(path)))
    .filter(path => /cachibot/i.test(path.replace(USER, '')) || mentionsApp(path));
}

function mentionsApp(path: string): boolean {
  if (/^\/(old|tmp|proc|sys|dev|run)\/|^\/etc\/(passwd|shadow|group|gshadow|subuid|subgid)-?$/.test(path)) return false;
  const about = statSync(machine.at(path), { throwIfNoEntry: false });
  return about?.isFile() === true && about.size < 1e6 && /cachibot/i.test(readFileSync(machine.at(path), 'latin1'));
}

/** Creates the user's data, which no uninstallation may remove. */
async function createData() {
  await machine.asUser(['sh', '-c', 'mkdir -p ~/.cachibot && echo mine > ~/.cachibot/cachibot.db']);
}
const expectData = () => expect(readFileSync(machine.at(`${HOME}/.cachibot/cachibot.db`), 'utf8')).toBe('mine\n');

/** Starts the app as the desktop's menu does. */
async function startFromEntry() {
  const entry = readDesktopEntry(machine.at(ENTRY));
  expect(entry.command).toEqual([PROGRAM]);
  expect(entry.value('MimeType')).toContain('x-scheme-handler/cachibot');
  for (const icon of [`512x512/apps/${entry.value('Icon')}.png`, `symbolic/apps/${entry.value('Icon')}-symbolic.svg`])
    expect(pathExists(machine.at(`/usr/share/icons/hicolor/${icon}`)), icon).toBe(true);
  await machine.run('desktop-file-validate', ENTRY);
  expectSmokeReport(await machine.asUser([...entry.command, '--smoke']));
}

describe('the deb', () => {
  const versionInstalled = async () =>
    /^Version: (.*)$/m.exec(await machine.run('dpkg-query', '--status', 'cachibot-desktop'))?.[1];

  beforeAll(async () => {
    machine = await openMachineView();
    await createData();
  });
  afterAll(() => machine.close());

  it('is installed by apt, with its dependencies', async () => {
    expect(traces()).toEqual([]);
    await machine.run('apt-get', 'install', '-y', '--no-install-recommends', older('.deb'));
    expect(await versionInstalled()).toBe('0.0.1');
    expect(readlinkSync(machine.at('/etc/alternatives/cachibot-desktop'))).toBe(PROGRAM);
    expect(traces()).not.toEqual([]);
  });

  it('is upgraded, and then complete, with its licences', async () => {
    await machine.run('apt-get', 'install', '-y', '--no-install-recommends', installer('.deb'));
    expect(await versionInstalled()).toBe(
      JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')).version,
    );
    expectComplete(machine.at('/opt/CachiBot'));
    expect(await machine.run('dpkg', '--verify', 'cachibot-desktop')).toBe('');
    expect(pathExists(machine.at('/usr/share/metainfo/org.cachibot.desktop.metainfo.xml'))).toBe(true);
  });

  it('starts from its desktop entry as an ordinary user, in Chromium’s sandbox, with exit code 0', startFromEntry);

  it('contains an AppArmor profile for systems that forbid user namespaces to programs without a profile', () => {
    const profile = readFileSync(machine.at('/opt/CachiBot/resources/apparmor-profile'), 'utf8');
    expect(profile).toContain('"/opt/CachiBot/cachibot-desktop" flags=(unconfined)');
    expect(profile).toContain('userns,');
  });

  it('leaves only the user’s data when it is purged', async () => {
    await machine.run('apt-get', 'purge', '-y', 'cachibot-desktop');
    expect(traces()).toEqual([]);
    expect(pathExists(machine.at('/opt/CachiBot'))).toBe(false);
    expectData();
  });
});

describe('the rpm', () => {
  /** Debian has rpm, but none of Fedora's packages, so a test checks the names of the dependencies instead. */
  const rpm = (...args: string[]) => machine.run('rpm', '--nodeps', ...args);

  beforeAll(async () => {
    machine = await openMachineView();
    await createData();
  });
  afterAll(() => machine.close());

  it('is installed, and names its dependencies as Fedora and openSUSE do', async () => {
    await rpm('-i', older('.rpm'));
    const requirements = await machine.run('rpm', '-q', '--requires', 'cachibot-desktop');
    for (const name of ['gtk3', 'nss', 'at-spi2-core', 'libXScrnSaver', 'xdg-utils'])
      expect(requirements).toContain(name);
  });

  it('is upgraded, and still has its command: the old version’s script does not remove the new one’s command', async () => {
    await rpm('-U', installer('.rpm'));
    expect(pathExists(machine.at('/usr/bin/cachibot-desktop'))).toBe(true);
    expect(await machine.run('readlink', '-f', '/usr/bin/cachibot-desktop')).toBe(`${PROGRAM}\n`);
    expect((await machine.run('rpm', '-q', 'cachibot-desktop')).split('\n').filter(Boolean)).toHaveLength(1);
    expectComplete(machine.at('/opt/CachiBot'));
  });

  it('starts from its desktop entry as an ordinary user, in Chromium’s sandbox, with exit code 0', startFromEntry);

  it('leaves only the user’s data when it is removed', async () => {
    await rpm('-e', 'cachibot-desktop');
    expect(traces()).toEqual([]);
    expect(pathExists(machine.at('/opt/CachiBot'))).toBe(false);
    expectData();
  });
});

describe('the AppImage', () => {
  const folder = `${HOME}/Träger mit Leerzeichen ✓`;
  const image = `${folder}/CachiBot.AppImage`;
  /** Without FUSE an AppImage unpacks itself into the temporary folder, and removes that copy at its exit. */
  const unpacked = { APPIMAGE_EXTRACT_AND_RUN: '1', TMPDIR: `${HOME}/tmp` };

  beforeAll(async () => {
    machine = await openMachineView();
    await machine.run('mkdir', '-p', folder, `${HOME}/tmp`);
    await machine.run('cp', installer('.AppImage'), image);
    await machine.run('chown', '-R', `${USER}:${USER}`, HOME);
  });
  afterAll(() => machine.close());

  it('starts as an ordinary user, from a path with spaces and non-ASCII letters, with exit code 0', async () => {
    expectSmokeReport(await machine.asUser([image, '--smoke'], unpacked));
  });

  it('contains the complete server, all licences, and a desktop entry that does not disable the sandbox', async () => {
    const outcome = await machine.asUser(['sh', '-c', `cd ~/tmp && '${image}' --appimage-extract >/dev/null`]);
    expect(outcome).toMatchObject({ code: 0 });
    const inside = machine.at(`${HOME}/tmp/squashfs-root`);
    expectComplete(inside);
    expect(readDesktopEntry(join(inside, 'cachibot-desktop.desktop')).command).toEqual(['AppRun']);
  });

  it('says what to do where user namespaces are forbidden, and does not silently run without its sandbox', async () => {
    // Forbids user namespaces in a user namespace of its own, so that the machine is not affected.
    const forbid = `echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all '${image}' --smoke`;
    const command = ['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c', forbid];
    const { code, stderr } = await machine.asUser(command, unpacked);
    expect(stderr).toContain('user namespaces are disabled');
    expect(code).toBe(1);
  });

  it('leaves no files of its own in the user’s folders after such a run', () => {
    // ~/tmp is ignored: the AppImage runtime is responsible for the copy it unpacks there.
    const own = machine.changes().filter(path => path.startsWith(`${HOME}/`) && !path.startsWith(`${HOME}/tmp/`));
    expect(own.map(path => path.slice(HOME.length)).filter(path => /cachibot/i.test(path))).toEqual([
      image.slice(HOME.length),
    ]);
  });
});
