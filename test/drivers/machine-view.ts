/**
 * An overlay of this machine's file system for tests that install packages: nothing is installed on the machine itself,
 * and every changed path can be listed. Processes, /tmp and /run are shared with the machine. Needs root and mounts.
 */

import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const SCRIPT = join(__dirname, 'overlay-root.sh');
/** The user without root's rights who runs the installed app, so that Chromium's sandbox works. */
export const USER = 'cachibot-tester';
export const HOME = `/home/${USER}`;

const PLAIN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface MachineView {
  /** Prefix that runs a command in the view as root, with the caller's environment and network. */
  enter: readonly string[];
  /** The same, as the ordinary user. */
  enterAsUser: readonly string[];
  /**
   * Runs a command as root, with a network, which a package manager may need. @returns stdout
   * @throws Error with its output when it fails
   */
  run(command: string, ...args: string[]): Promise<string>;
  /** Runs a command as the ordinary user, with that user's environment only. */
  asUser(command: string[], env?: Record<string, string>): Promise<Outcome>;
  /** The path on this machine of a file in the view. */
  at(path: string): string;
  /** Every path that differs from this machine, except folders. */
  changes(): string[];
  close(): Promise<void>;
}

export async function openMachineView(): Promise<MachineView> {
  if (process.getuid?.() !== 0) throw new Error('Only root can open a view of this machine.');
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-machine-'));
  const command = ['--mount', 'bash', SCRIPT, folder, 'sh', '-c', 'echo ready; exec sleep infinity'];
  const namespace = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    namespace.stdout.once('data', () => resolve());
    namespace.once('exit', code => reject(new Error(`${SCRIPT} exited with code ${code}.`)));
  });
  const target = ['nsenter', '--target', String(namespace.pid), '--mount', '--root'];
  const inside = ['env', '--chdir=/'];
  const enter = [...target, ...inside];
  const enterAsUser = [...enter, 'setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups'];

  const view: MachineView = {
    enter,
    enterAsUser,
    async run(...command) {
      // A worker of the isolated pool has no network; its parent process has.
      const args = [...target, `--net=/proc/${process.ppid}/ns/net`, ...inside, ...command];
      const { code, stdout, stderr } = await outcomeOf(args, {
        ...proxies(),
        ...PLAIN,
        DEBIAN_FRONTEND: 'noninteractive',
      });
      if (code !== 0) throw new Error(`${command.join(' ')} exited with code ${code}:\n${stdout}${stderr}`);
      return stdout;
    },
    asUser: (command, env = {}) =>
      outcomeOf([...enterAsUser, ...command], {
        ...PLAIN,
        HOME,
        DISPLAY: process.env['DISPLAY'] ?? '',
        DBUS_SESSION_BUS_ADDRESS: 'disabled:',
        CACHIBOT_TELEMETRY_DISABLED: '1',
        ...env,
      }),
    at: path => join('/proc', String(namespace.pid), 'root', path),
    changes() {
      const changed = view.at(join('/old', folder, 'changed'));
      return readdirSync(changed, { recursive: true, withFileTypes: true })
        .filter(entry => !entry.isDirectory())
        .map(entry => `/${relative(changed, join(entry.parentPath, entry.name))}`)
        .sort();
    },
    async close() {
      const exited = new Promise(resolve => namespace.once('exit', resolve));
      namespace.kill('SIGKILL');
      await exited; // its mounts disappear with it
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await view.run('useradd', '--create-home', '--shell', '/bin/bash', USER);
  return view;
}

/** Whether the path exists. A broken link exists, too. */
export function pathExists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function proxies(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name)));
}

function outcomeOf([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', text => (stdout += text));
    child.stderr.on('data', text => (stderr += text));
    child.once('error', reject);
    child.once('close', code => resolve({ code, stdout, stderr }));
  });
}
