/** A launch shows a window, or a message box that names the problem, whatever the state of the user's folders. */
// @module-tag linux: uses ordinary-user.ts

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  compileShim,
  FULL,
  giveToUser,
  installApp,
  startBusWithSilentKeyring,
  startInstalled,
  userFolder,
  windowTitles,
} from '../../drivers/ordinary-user';

type Started = ReturnType<typeof startInstalled>;

/** Ten times the delay that a user would notice. */
const LIMIT_MS = 20_000;

const logIn = (home: string) => join(home, '.config', 'CachiBot', 'logs', 'main.log');

/** Waits for the window with the scripted server's page. */
async function expectWindow(logFile: string, { output }: Started): Promise<void> {
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : `no log; output: ${output()}`);
  await expect.poll(log, { timeout: LIMIT_MS, interval: 100 }).toContain('"phase":"ready"');
  await expect.poll(windowTitles, { timeout: LIMIT_MS, interval: 200 }).toContain('Scripted – CachiBot');
}

/** Waits for a message box of the app, and for its text, which is also printed to the terminal. */
async function expectBox({ child, output }: Started, words: RegExp): Promise<void> {
  await expect.poll(output, { timeout: LIMIT_MS, interval: 100 }).toMatch(words);
  await expect.poll(windowTitles, { timeout: LIMIT_MS, interval: 200 }).toContain('CachiBot');
  expect(child.exitCode, 'the app waits for the click').toBeNull();
  expect(output()).not.toMatch(/JavaScript error|already running/);
}

const temporaryFolders: Record<string, (folder: string) => string> = {
  'is missing': folder => join(folder, 'missing'),
  'cannot be written to': folder => {
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o555);
    return join(folder, 'closed');
  },
  'has a path too long for a socket': folder => {
    const long = join(folder, 'long'.repeat(30));
    mkdirSync(long);
    giveToUser(long);
    return long;
  },
  'is not a folder': () => '/etc/passwd',
};

it.each(Object.entries(temporaryFolders))(
  'opens when the folder of TMPDIR %s',
  { tags: 'left-to-ci' },
  async (_what, make) => {
    const { folder, home } = userFolder();
    const TMPDIR = make(folder);
    const started = startInstalled(await installApp(folder), { HOME: home, TMPDIR });
    await expectWindow(logIn(home), started);
    expect(readFileSync(logIn(home), 'utf8')).toContain(`TMPDIR names ${TMPDIR}, which cannot be used`);
  },
);

it('opens when the folder of TMPDIR is full', { tags: 'left-to-ci' }, async () => {
  const { folder, home } = userFolder();
  const full = join(folder, 'full');
  mkdirSync(full);
  const started = startInstalled(
    await installApp(folder),
    { HOME: home, TMPDIR: full },
    { disk: { on: full, options: FULL } },
  );
  await expectWindow(logIn(home), started);
  expect(readFileSync(logIn(home), 'utf8')).toContain(`TMPDIR names ${full}, which cannot be used`);
});

it.each([
  ['has 1 MB', 'size=1m'],
  ['is full', FULL],
])('opens when /dev/shm %s', async (_what, options) => {
  const { folder, home } = userFolder();
  const disk = { on: '/dev/shm', options };
  await expectWindow(logIn(home), startInstalled(await installApp(folder), { HOME: home }, { disk }));
  expect(readFileSync(logIn(home), 'utf8')).toContain('/dev/shm has too little space, or cannot be written to');
});

it('names the profile when the home cannot be written to', async () => {
  const { folder, home } = userFolder();
  chmodSync(home, 0o555);
  const before = readdirSync(tmpdir());
  const started = startInstalled(await installApp(folder), { HOME: home });
  await expectBox(started, new RegExp(`can’t write to its own folder ${home}/.config/CachiBot: EACCES`));
  started.child.kill('SIGTERM');
  await new Promise(resolve => started.child.once('exit', resolve));
  const left = readdirSync(tmpdir()).filter(name => name.startsWith('cachibot-message-') && !before.includes(name));
  expect(left).toEqual([]);
});

it('names the profile when it belongs to root', async () => {
  const { folder, home } = userFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  giveToUser(home);
  // If the tests do not run as root, they cannot change the owner.
  chmodSync(profile, process.getuid?.() === 0 ? 0o700 : 0o000);
  if (process.getuid?.() === 0) chownSync(profile, 0, 0);
  const started = startInstalled(await installApp(folder), { HOME: home });
  await expectBox(started, new RegExp(`can’t write to its own folder ${profile}: EACCES`));
  chmodSync(profile, 0o755);
});

it('names the disk when it does not support the links of the lock', async () => {
  const { folder, home } = userFolder();
  const env = { HOME: home, LD_PRELOAD: compileShim(folder), SHIM_NO_LINKS: home, SHIM_USER_HOME: home };
  await expectBox(
    startInstalled(await installApp(folder), env),
    /doesn’t support links: EPERM.*Use a folder on another disk/,
  );
});

it('finds the home in the user database when HOME is not set', async () => {
  const { folder, home } = userFolder();
  const env = { LD_PRELOAD: compileShim(folder), SHIM_USER_HOME: home };
  await expectWindow(logIn(home), startInstalled(await installApp(folder), env));
  expect(statSync(join(home, 'CachiBot')).isDirectory()).toBe(true);
});

it('asks for HOME when the user has no entry in the user database', { tags: 'left-to-ci' }, async () => {
  const { folder } = userFolder();
  const env = { LD_PRELOAD: compileShim(folder) };
  await expectBox(startInstalled(await installApp(folder), env), /Set the variable HOME/);
});

it('asks for another folder when the path of the home is not UTF-8, and works with --data', async () => {
  const { folder, home } = userFolder();
  const data = join(folder, 'data');
  mkdirSync(data);
  giveToUser(data);
  const program = await installApp(folder);
  // Node itself can neither pass on nor remove such a name.
  const inLatin1Home = join(folder, 'in-latin-1-home');
  const script = `#!/bin/sh\nHOME="$HOME/caf$(printf '\\351')"\nmkdir -p "$HOME"\nexec "${program}" "$@"\n`;
  writeFileSync(inLatin1Home, script, { mode: 0o755 });
  onTestFinished(() => void execFileSync('rm', ['-r', home]));

  const refused = startInstalled(inLatin1Home, { HOME: home });
  await expectBox(refused, /can’t use your home folder .*\/caf\uFFFD, because its path has bytes that aren’t UTF-8/);
  refused.child.kill('SIGTERM');
  await new Promise(resolve => refused.child.once('exit', resolve));
  const started = startInstalled(inLatin1Home, { HOME: home }, { args: ['--data', data] });
  await expectWindow(join(data, 'profile', 'logs', 'main.log'), started);
});

it('does not wait for a keyring that never responds', { tags: 'left-to-ci' }, async () => {
  const { folder, home } = userFolder();
  const env = { HOME: home, LD_PRELOAD: compileShim(folder), SHIM_USER_HOME: home };
  const bus = startBusWithSilentKeyring(folder, env);
  const started = startInstalled(await installApp(folder), {
    ...env,
    DBUS_SESSION_BUS_ADDRESS: bus,
    XDG_CURRENT_DESKTOP: 'GNOME',
  });
  await expectWindow(logIn(home), started);
});
