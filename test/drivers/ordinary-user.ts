/** Runs the app as an installed one, as a user without root's rights: root hides faults of permission. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { onTestFinished } from 'vitest';
import { layBundle } from '../fixtures/bundle.mjs';
import { electron, temporaryFolder } from './electron-app';

const root = join(__dirname, '..', '..');

/** A number that no user has. Where the tests do not run as root, their own user is ordinary already. */
const USER = 54_321;
const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : [];

const ownMounts = isRoot
  ? ['unshare', '--mount']
  : ['unshare', '--user', '--map-current-user', '--keep-caps', '--mount'];
/** One entry is the root of the disk, the other its only file. */
const FILL = 'mount -t tmpfs -o nr_inodes=2,mode=1777 none "$0" && touch "$0/file" && exec "$@"';

/** Gives a file or folder to the user. */
export function giveToUser(path: string): void {
  if (isRoot) execFileSync('chown', ['-R', `${USER}:${USER}`, path]);
}

/** A folder that the user can reach; with a home of its own in it. */
export function userFolder(): { folder: string; home: string } {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  giveToUser(home);
  return { folder, home };
}

/**
 * The app as installed, with a scripted server and the fuses that matter to its start, in a folder of its own; its
 * program is not called electron, so that Electron takes it for a packed app. Returns the program.
 */
export async function installApp(folder: string): Promise<string> {
  const installed = join(folder, 'app');
  const from = dirname(electron());
  // The same files where the disk allows it.
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
  layBundle(join(installed, 'resources', 'backend'), 'healthy', script);
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
 * Starts a program as the user, with this environment alone; it is ended when the test is over. For this program alone
 * `fullFolder` is a disk without room for one more file.
 */
export function startAsUser(
  command: string[],
  env: Record<string, string>,
  fullFolder?: string,
): { child: ChildProcess; said(): string } {
  const before = fullFolder === undefined ? [] : [...ownMounts, 'sh', '-c', FILL, fullFolder];
  const [file = '', ...args] = [...before, ...asUser, ...command];
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => (said += text));
  onTestFinished(async () => {
    const ended = new Promise(resolve => child.once('exit', resolve));
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  });
  return { child, said: () => said };
}

/** Starts the installed app without a sandbox, which a machine for tests need not let the user make. */
export function startInstalled(
  program: string,
  env: Record<string, string>,
  fullFolder?: string,
): ReturnType<typeof startAsUser> {
  const screen = { DISPLAY: process.env['DISPLAY'] ?? '', DBUS_SESSION_BUS_ADDRESS: 'disabled:' };
  const telemetry = { CACHIBOT_TELEMETRY_DISABLED: '1', CACHIBOT_DESKTOP_WITHOUT_SANDBOX: '1' };
  return startAsUser([program, '--no-sandbox'], { ...screen, ...telemetry, ...env }, fullFolder);
}

/** A session bus whose keyring is started when it is asked for, and never answers. Returns its address. */
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

/** Titles of the windows on the screen, hidden ones too. */
export function windowTitles(): string[] {
  const tree = execFileSync('xwininfo', ['-root', '-tree'], { encoding: 'utf8' });
  return [...tree.matchAll(/0x[0-9a-f]+ "([^"]*)"/g)].map(([, title = '']) => title);
}
