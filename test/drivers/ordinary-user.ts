/** Runs the app as if installed, as a user without root's rights: running as root hides permission errors. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { onTestFinished } from 'vitest';
import { writeBundle } from '../fixtures/bundle.mjs';
import { electron, temporaryFolder } from './electron-app';

const root = join(__dirname, '..', '..');

/** A user id that no user has. Needed only when the tests run as root. */
const USER = 54_321;
const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : [];

const ownMounts = isRoot
  ? ['unshare', '--mount']
  : ['unshare', '--user', '--map-current-user', '--keep-caps', '--mount'];
/** Mounts a disk with one file. */
const MOUNT = 'mount -t tmpfs -o "$1,mode=1777" none "$0" && touch "$0/file" && shift && exec "$@"';
/** Options of a full disk: of its two inodes one is the root folder, the other its only file. */
export const FULL = 'nr_inodes=2';

/** A disk that one program finds on a folder, with options of tmpfs. */
interface Disk {
  on: string;
  options: string;
}

/** Makes the user the owner of a file or folder. */
export function giveToUser(path: string): void {
  if (isRoot) execFileSync('chown', ['-R', `${USER}:${USER}`, path]);
}

/** Creates a folder that the user can read, and a home in it. */
export function userFolder(): { folder: string; home: string } {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  giveToUser(home);
  return { folder, home };
}

/**
 * Creates an installed app in `folder`, with a scripted server and the fuses that affect startup. Its executable is not
 * called electron, so that Electron treats it as a packed app.
 * @returns the path of the executable
 */
export async function installApp(folder: string): Promise<string> {
  const installed = join(folder, 'app');
  const from = dirname(electron());
  // Hard links, where the file system allows it.
  if (spawnSync('cp', ['-al', from, installed]).status !== 0) cpSync(from, installed, { recursive: true });
  for (const replaced of ['electron', 'resources']) rmSync(join(installed, replaced), { recursive: true });
  const program = join(installed, 'cachibot-desktop');
  copyFileSync(electron(), program);
  await flipFuses(program, { version: FuseVersion.V1, [FuseV1Options.EnableCookieEncryption]: true });
  chmodSync(program, 0o755);

  const code = join(installed, 'resources', 'app');
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = Object.entries<{ dev?: boolean }>(lock.packages).filter(([name, { dev }]) => name && !dev);
  for (const name of ['out', 'package.json', ...packages.map(([name]) => name)]) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(code, name), { recursive: true });
  }
  const script = join(installed, 'scripted-server.mjs');
  copyFileSync(join(root, 'test', 'fixtures', 'scripted-server.mjs'), script);
  writeBundle(join(installed, 'resources', 'backend'), 'healthy', script);
  return program;
}

/** Compiles `fixtures/system-shim.c`, for LD_PRELOAD. */
export function compileShim(folder: string): string {
  const library = join(folder, 'system-shim.so');
  const source = join(root, 'test', 'fixtures', 'system-shim.c');
  execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-o', library, source, '-ldl']);
  return library;
}

/**
 * Starts a program as the user, with this environment only, and with a disk of its own. It is stopped when the test is
 * over.
 */
export function startAsUser(
  command: string[],
  env: Record<string, string>,
  disk?: Disk,
): { child: ChildProcess; output(): string } {
  const before = disk === undefined ? [] : [...ownMounts, 'sh', '-c', MOUNT, disk.on, disk.options];
  const [file = '', ...args] = [...before, ...asUser, ...command];
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => (output += text));
  onTestFinished(async () => {
    const exited = new Promise(resolve => child.once('exit', resolve));
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 15_000);
    await exited;
    clearTimeout(timer);
  });
  return { child, output: () => output };
}

/** Starts the installed app without Chromium's sandbox, which the machine may forbid to the user. */
export function startInstalled(
  program: string,
  env: Record<string, string>,
  { args = [], disk }: { args?: string[]; disk?: Disk } = {},
): ReturnType<typeof startAsUser> {
  const screen = { DISPLAY: process.env['DISPLAY'] ?? '', DBUS_SESSION_BUS_ADDRESS: 'disabled:' };
  const telemetry = { CACHIBOT_TELEMETRY_DISABLED: '1', CACHIBOT_DESKTOP_WITHOUT_SANDBOX: '1' };
  return startAsUser([program, '--no-sandbox', ...args], { ...screen, ...telemetry, ...env }, disk);
}

/** Starts a session bus with a keyring service that never responds. @returns the address of the bus */
export function startBusWithSilentKeyring(folder: string, env: Record<string, string>): string {
  const bus = join(folder, 'bus');
  mkdirSync(bus);
  const socket = join(bus, 'socket');
  const silence = `Exec=/bin/sh -c "while [ -e ${socket} ]; do sleep 0.2; done"`;
  const service = `[D-BUS Service]\nName=org.freedesktop.secrets\n${silence}\n`;
  writeFileSync(join(bus, 'org.freedesktop.secrets.service'), service);
  const address = `unix:path=${socket}`;
  const policy = '<allow user="*"/><allow send_destination="*"/><allow own="*"/><allow receive_sender="*"/>';
  writeFileSync(
    join(bus, 'session.conf'),
    `<busconfig><type>session</type><listen>${address}</listen><servicedir>${bus}</servicedir>` +
      `<policy context="default">${policy}</policy></busconfig>`,
  );
  giveToUser(bus);
  onTestFinished(() => rmSync(socket, { force: true }));
  startAsUser(['dbus-daemon', `--config-file=${join(bus, 'session.conf')}`, '--nofork'], env);
  return address;
}

/** Titles of all windows on the screen, including hidden ones. */
export function windowTitles(): string[] {
  const tree = execFileSync('xwininfo', ['-root', '-tree'], { encoding: 'utf8' });
  return [...tree.matchAll(/0x[0-9a-f]+ "([^"]*)"/g)].map(([, title = '']) => title);
}
