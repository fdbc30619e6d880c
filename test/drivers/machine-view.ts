/**
 * A view of this machine into which a test installs: nothing of it is installed here, and what it changed can be listed
 * exactly. It shares processes, /tmp and /run with this machine. Needs root, and a kernel that lets it mount.
 */

import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const SCRIPT = join(__dirname, 'other-root.sh');
/** Runs what was installed: an ordinary user, so that Chromium has its sandbox. */
export const USER = 'cachibot-tester';
export const HOME = `/home/${USER}`;

const PLAIN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface MachineView {
  /** The words that run a command in the view as root, with the environment and network of the caller. */
  enter: readonly string[];
  /** The same as the ordinary user. */
  enterAsUser: readonly string[];
  /** Runs a command as root, with a network, which a package manager may need. Throws what it wrote when it fails. */
  run(command: string, ...args: string[]): Promise<string>;
  /** Runs a command as the ordinary user, in a session of their own. */
  asUser(command: string[], env?: Record<string, string>): Promise<Outcome>;
  /** The path of one of its files on this machine. */
  at(path: string): string;
  /** Every path in which the view differs from this machine. */
  changes(): string[];
  end(): Promise<void>;
}

export async function openMachineView(): Promise<MachineView> {
  if (process.getuid?.() !== 0) throw new Error('Only root can open a view of this machine.');
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-machine-'));
  const keeper = spawn('unshare', ['--mount', 'bash', SCRIPT, folder, 'sh', '-c', 'echo ready; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    keeper.stdout.once('data', () => resolve());
    keeper.once('exit', code => reject(new Error(`${SCRIPT} exited with code ${code}.`)));
  });
  const target = ['nsenter', '--target', String(keeper.pid), '--mount', '--root'];
  const inside = ['env', '--chdir=/'];
  const enter = [...target, ...inside];
  const enterAsUser = [...enter, 'setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups'];

  const view: MachineView = {
    enter,
    enterAsUser,
    async run(...command) {
      // A worker of the isolated pool has no network; its parent has.
      const words = [...target, `--net=/proc/${process.ppid}/ns/net`, ...inside, ...command];
      const { code, stdout, stderr } = await outcomeOf(words, {
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
    at: path => join('/proc', String(keeper.pid), 'root', path),
    changes() {
      const changed = view.at(join('/old', folder, 'changed'));
      return readdirSync(changed, { recursive: true, withFileTypes: true })
        .filter(entry => !entry.isDirectory())
        .map(entry => `/${relative(changed, join(entry.parentPath, entry.name))}`)
        .sort();
    },
    async end() {
      const exited = new Promise(resolve => keeper.once('exit', resolve));
      keeper.kill('SIGKILL');
      await exited; // and with it everything that was mounted
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await view.run('useradd', '--create-home', '--shell', '/bin/bash', USER);
  return view;
}

/** Whether something is there, a link that leads nowhere included. */
export function isThere(path: string): boolean {
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
