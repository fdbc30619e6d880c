/**
 * The packages of `npm run dist`, installed, started, upgraded and removed on a view of this machine.
 * @module-tag linux
 */

import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BUDGETS_MB } from '../../scripts/dist/sizes.mjs';
import { HOME, isThere, type MachineView, openMachineView, USER } from '../drivers/machine-view';
import { readDesktopEntry } from './desktop-entry';
import { expectGoodReport, expectWhole } from './installed';

const findBy = (end: string, files: readonly string[]) => {
  const file = files.find(name => name.endsWith(end));
  if (file === undefined) throw new Error(`There is no ${end} among: ${files.join(', ')}.`);
  return file;
};
const installer = (end: string) => findBy(end, inject('installers').release);
const older = (end: string) => findBy(end, inject('installers').older);

const PROGRAM = '/opt/CachiBot/cachibot-desktop';
const ENTRY = '/usr/share/applications/cachibot-desktop.desktop';
/** What the package managers keep for themselves: histories, copies, and lists of what could be installed. */
const BOOKS = /^\/(var\/(log|cache(?!\/apparmor)|lib\/(apt|dpkg|rpm)|backups)|root)\//;

it.each(['.AppImage', '.deb'] as const)('%s weighs no more than it may, with the real server in it', end => {
  expect(statSync(installer(end)).size).toBeLessThan(BUDGETS_MB[end] * 1e6);
});

let machine: MachineView;

/** What tells of the app anywhere on the machine, the user's own data aside. */
function traces(): string[] {
  const changed = machine.changes().filter(path => !BOOKS.test(path) && !path.startsWith(`${HOME}/`));
  return changed
    .filter(path => isThere(machine.at(path)))
    .filter(path => /cachibot/i.test(path.replace(USER, '')) || tells(path));
}

function tells(path: string): boolean {
  if (/^\/(old|tmp|proc|sys|dev|run)\/|^\/etc\/(passwd|shadow|group|gshadow|subuid|subgid)-?$/.test(path)) return false;
  const about = statSync(machine.at(path), { throwIfNoEntry: false });
  return about?.isFile() === true && about.size < 1e6 && /cachibot/i.test(readFileSync(machine.at(path), 'latin1'));
}

/** Nothing of the desktop's own may stop the person's data from being there afterwards. */
async function leaveData() {
  await machine.asUser(['sh', '-c', 'mkdir -p ~/.cachibot && echo mine > ~/.cachibot/cachibot.db']);
}
const dataIsThere = () => expect(readFileSync(machine.at(`${HOME}/.cachibot/cachibot.db`), 'utf8')).toBe('mine\n');

/** As the menu would start it. */
async function startFromEntry() {
  const entry = readDesktopEntry(machine.at(ENTRY));
  expect(entry.command).toEqual([PROGRAM]);
  expect(entry.value('MimeType')).toContain('x-scheme-handler/cachibot');
  expect(isThere(machine.at(`/usr/share/icons/hicolor/512x512/apps/${entry.value('Icon')}.png`))).toBe(true);
  await machine.run('desktop-file-validate', ENTRY);
  expectGoodReport(await machine.asUser([...entry.command, '--smoke']));
}

describe('the deb', () => {
  const versionInstalled = async () =>
    /^Version: (.*)$/m.exec(await machine.run('dpkg-query', '--status', 'cachibot-desktop'))?.[1];

  beforeAll(async () => {
    machine = await openMachineView();
    await leaveData();
  });
  afterAll(() => machine.end());

  it('is installed by apt, with what it depends on', async () => {
    expect(traces()).toEqual([]);
    await machine.run('apt-get', 'install', '-y', '--no-install-recommends', older('.deb'));
    expect(await versionInstalled()).toBe('0.0.1');
    expect(readlinkSync(machine.at('/etc/alternatives/cachibot-desktop'))).toBe(PROGRAM);
    expect(traces()).not.toEqual([]);
  });

  it('is upgraded, and then whole, with its papers', async () => {
    await machine.run('apt-get', 'install', '-y', '--no-install-recommends', installer('.deb'));
    expect(await versionInstalled()).toBe(
      JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')).version,
    );
    expectWhole(machine.at('/opt/CachiBot'));
    expect(await machine.run('dpkg', '--verify', 'cachibot-desktop')).toBe('');
    expect(isThere(machine.at('/usr/share/metainfo/org.cachibot.desktop.metainfo.xml'))).toBe(true);
  });

  it('starts from its desktop entry as an ordinary user, in Chromium’s sandbox, with exit code 0', startFromEntry);

  it('brings an AppArmor profile for systems that forbid user namespaces to those who have none', () => {
    const profile = readFileSync(machine.at('/opt/CachiBot/resources/apparmor-profile'), 'utf8');
    expect(profile).toContain('"/opt/CachiBot/cachibot-desktop" flags=(unconfined)');
    expect(profile).toContain('userns,');
  });

  it('leaves nothing when it is purged, but the person’s data', async () => {
    await machine.run('apt-get', 'purge', '-y', 'cachibot-desktop');
    expect(traces()).toEqual([]);
    expect(isThere(machine.at('/opt/CachiBot'))).toBe(false);
    dataIsThere();
  });
});

describe('the rpm', () => {
  /** Debian has rpm, but none of Fedora's packages: the names of what it depends on are looked at instead. */
  const rpm = (...args: string[]) => machine.run('rpm', '--nodeps', ...args);

  beforeAll(async () => {
    machine = await openMachineView();
    await leaveData();
  });
  afterAll(() => machine.end());

  it('is installed, and names what it depends on as Fedora and openSUSE do', async () => {
    await rpm('-i', older('.rpm'));
    const needs = await machine.run('rpm', '-q', '--requires', 'cachibot-desktop');
    for (const name of ['gtk3', 'nss', 'at-spi2-core', 'libXScrnSaver', 'xdg-utils']) expect(needs).toContain(name);
  });

  it('is upgraded, and still has its command: the old version’s script does not take the new one’s away', async () => {
    await rpm('-U', installer('.rpm'));
    expect(isThere(machine.at('/usr/bin/cachibot-desktop'))).toBe(true);
    expect(await machine.run('readlink', '-f', '/usr/bin/cachibot-desktop')).toBe(`${PROGRAM}\n`);
    expect((await machine.run('rpm', '-q', 'cachibot-desktop')).split('\n').filter(Boolean)).toHaveLength(1);
    expectWhole(machine.at('/opt/CachiBot'));
  });

  it('starts from its desktop entry as an ordinary user, in Chromium’s sandbox, with exit code 0', startFromEntry);

  it('leaves nothing when it is removed, but the person’s data', async () => {
    await rpm('-e', 'cachibot-desktop');
    expect(traces()).toEqual([]);
    expect(isThere(machine.at('/opt/CachiBot'))).toBe(false);
    dataIsThere();
  });
});

describe('the AppImage', () => {
  const folder = `${HOME}/Träger mit Leerzeichen ✓`;
  const image = `${folder}/CachiBot.AppImage`;
  /** Where FUSE is missing it unpacks itself into /tmp, which takes a while and is cleaned up. */
  const unpacked = { APPIMAGE_EXTRACT_AND_RUN: '1', TMPDIR: `${HOME}/tmp` };

  beforeAll(async () => {
    machine = await openMachineView();
    await machine.run('mkdir', '-p', folder, `${HOME}/tmp`);
    await machine.run('cp', installer('.AppImage'), image);
    await machine.run('chown', '-R', `${USER}:${USER}`, HOME);
  });
  afterAll(() => machine.end());

  it('starts as an ordinary user, from a path with spaces and letters beyond ASCII, with exit code 0', async () => {
    expectGoodReport(await machine.asUser([image, '--smoke'], unpacked));
  });

  it('holds the whole server and all papers, and a desktop entry that leaves the sandbox on', async () => {
    const outcome = await machine.asUser(['sh', '-c', `cd ~/tmp && '${image}' --appimage-extract >/dev/null`]);
    expect(outcome).toMatchObject({ code: 0 });
    const inside = machine.at(`${HOME}/tmp/squashfs-root`);
    expectWhole(inside);
    expect(readDesktopEntry(join(inside, 'cachibot-desktop.desktop')).command).toEqual(['AppRun']);
  });

  it('says what to do where user namespaces are forbidden, and does not run without its sandbox in silence', async () => {
    // Only in a namespace of its own: elsewhere they are still allowed.
    const forbid = `echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all '${image}' --smoke`;
    const command = ['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c', forbid];
    const { code, stderr } = await machine.asUser(command, unpacked);
    expect(stderr).toContain('user namespaces are disabled');
    expect(code).toBe(1);
  });

  it('leaves nothing of its own in the person’s folders after such a run', () => {
    // What it has unpacked itself into, where FUSE is missing, is the AppImage runtime's to remove.
    const own = machine.changes().filter(path => path.startsWith(`${HOME}/`) && !path.startsWith(`${HOME}/tmp/`));
    expect(own.map(path => path.slice(HOME.length)).filter(path => /cachibot/i.test(path))).toEqual([
      image.slice(HOME.length),
    ]);
  });
});
