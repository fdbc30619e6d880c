/**
 * A view of this machine into which a test installs: nothing of it is installed here, and what it changed can be listed
 * exactly. Needs root, and a kernel that lets it mount.
 */

import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = join(__dirname, '..', '..');
/** Who runs what was installed: an ordinary user, so that Chromium has its sandbox. */
export const USER = 'cachibot-tester';
export const HOME = `/home/${USER}`;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface OtherMachine {
  /** As root; throws what it said when it fails. */
  run(command: string, ...args: string[]): Promise<string>;
  /** As the ordinary user, in a session of their own. */
  asUser(command: string[], env?: Record<string, string>): Promise<Outcome>;
  /** Where a file of that machine can be read from this one. */
  at(path: string): string;
  /** Every path in which that machine differs from this one. */
  changes(): string[];
  end(): Promise<void>;
}

export async function otherMachine(): Promise<OtherMachine> {
  if (process.getuid?.() !== 0) throw new Error('The installers can be tried as root only: sudo npm run install-test');
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-machine-'));
  const script = join(root, 'scripts', 'installing', 'other-root.sh');
  const keeper = spawn('unshare', ['--mount', 'bash', script, folder, 'sh', '-c', 'echo ready; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    keeper.stdout.once('data', () => resolve());
    keeper.once('exit', code => reject(new Error(`other-root.sh ended with code ${code}`)));
  });
  const inside = ['--target', String(keeper.pid), '--mount', '--root', 'env', '--chdir=/'];
  const plain = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
  const call = (command: string[], env: Record<string, string>) => outcomeOf('nsenter', [...inside, ...command], env);

  const machine: OtherMachine = {
    async run(...command) {
      const proxies = Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name));
      const env = { ...(Object.fromEntries(proxies) as Record<string, string>), ...plain };
      const { code, stdout, stderr } = await call(command, { ...env, DEBIAN_FRONTEND: 'noninteractive' });
      if (code !== 0) throw new Error(`${command.join(' ')} ended with code ${code}:\n${stdout}${stderr}`);
      return stdout;
    },
    asUser: (command, env = {}) =>
      call(['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups', ...command], {
        ...plain,
        HOME,
        DISPLAY: process.env['DISPLAY'] ?? '',
        DBUS_SESSION_BUS_ADDRESS: 'disabled:',
        CACHIBOT_TELEMETRY_DISABLED: '1',
        ...env,
      }),
    at: path => join('/proc', String(keeper.pid), 'root', path),
    changes() {
      const changed = machine.at(join('/old', folder, 'changed'));
      return readdirSync(changed, { recursive: true, withFileTypes: true })
        .filter(entry => !entry.isDirectory())
        .map(entry => `/${relative(changed, join(entry.parentPath, entry.name))}`)
        .sort();
    },
    async end() {
      const gone = new Promise(resolve => keeper.once('exit', resolve));
      keeper.kill('SIGKILL');
      await gone; // and with it everything that was mounted
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await machine.run('useradd', '--create-home', '--shell', '/bin/bash', USER);
  return machine;
}

/** Whether something is there, a link that leads nowhere included. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function outcomeOf(command: string, args: string[], env: Record<string, string>): Promise<Outcome> {
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
