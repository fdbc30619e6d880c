// @ts-check
// A view of this machine for a case, in which packages are installed without being installed here.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../installing/other-root.sh', import.meta.url));

const PERSON = 'cachibot-person';

/** @typedef {Awaited<ReturnType<typeof otherSystem>>} System */

/**
 * It shares network, processes and temporary files with this one, and ends with the case. An ordinary person uses it,
 * who may install something when polkit lets them: it asks nobody for a password, but says yes or no at once.
 * @param {import('./world.mjs').World} world
 * @param {boolean} permitted
 */
export async function otherSystem(world, permitted) {
  // Not in the world's own folder: what lives there has to end with the app.
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-system-'));
  const keeper = spawn('unshare', ['--mount', 'bash', SCRIPT, folder, 'sh', '-c', 'echo ready; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  world.after(async () => {
    const gone = new Promise(resolve => keeper.once('exit', resolve));
    keeper.kill('SIGKILL');
    await gone; // and with it all that was mounted
    rmSync(folder, { recursive: true, force: true });
  });
  await new Promise((resolve, reject) => {
    keeper.stdout.once('data', resolve);
    keeper.once('exit', code => reject(new Error(`${SCRIPT} ended with code ${code}.`)));
  });
  const inside = ['--target', String(keeper.pid), '--mount', '--root', 'env', '--chdir=/'];
  const asPerson = ['setpriv', `--reuid=${PERSON}`, `--regid=${PERSON}`, '--init-groups'];

  const system = {
    /** As root; throws what it said when it fails. @param {string[]} command */
    run(...command) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const { status, stdout, stderr } = spawnSync('nsenter', [...inside, ...command], { encoding: 'utf8', env });
      if (status !== 0) throw new Error(`${command.join(' ')} ended with code ${status}: ${stdout}${stderr}`);
      return stdout;
    },
    /** A program of this machine by which the person starts one of that. @param {string} program */
    starter(program) {
      const file = join(world.folder, 'start');
      const words = ['exec', 'nsenter', ...inside, '-u', 'ELECTRON_DISABLE_SANDBOX', ...asPerson, program, '"$@"'];
      writeFileSync(file, `#!/bin/sh\n${words.join(' ')}\n`, { mode: 0o755 });
      return file;
    },
    /** All that is in the case's world so far is the person's. */
    giveWorld: () => system.run('chown', '--recursive', `${PERSON}:${PERSON}`, world.folder),
  };
  system.run('useradd', '--create-home', PERSON);
  const rule = `polkit.addRule(function (action, subject) {
    if (subject.user === '${PERSON}') return polkit.Result.${permitted ? 'YES' : 'NO'};
  });`;
  system.run('sh', '-c', 'printf %s "$1" >/etc/polkit-1/rules.d/00-cachibot.rules', 'sh', rule);
  await openBus(world, system, inside);
  return system;
}

/**
 * The bus of the system, on which polkit is asked, for one that may not have begun any.
 * @param {import('./world.mjs').World} world
 * @param {Pick<System, 'run'>} system
 * @param {string[]} inside
 */
async function openBus(world, system, inside) {
  // This machine's own, if it has one, is left alone, and of what it would begin polkit is enough.
  system.run('sh', '-c', 'mkdir -p /run/dbus && mount -t tmpfs tmpfs /run/dbus');
  const services = '/usr/share/dbus-1/system-services';
  system.run('find', services, '-type', 'f', '!', '-name', 'org.freedesktop.PolicyKit1.service', '-delete');
  const words = ['dbus-daemon', '--system', '--nofork', '--nopidfile', '--print-address=1'];
  const bus = spawn('nsenter', [...inside, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = new Promise(resolve => bus.once('exit', resolve));
  world.after(async () => {
    bus.kill(); // polkit ends with it
    await gone;
  });
  await new Promise((resolve, reject) => {
    bus.stdout.once('data', resolve);
    bus.once('exit', code => reject(new Error(`The bus of the system ended with code ${code}.`)));
  });
}

/**
 * Debian's rpm keeps its database in the home of whoever asks, and knows none of Fedora's packages. The database goes
 * where others have it, and a package that has only their names lets rpm check what an rpm depends on, as elsewhere.
 * @param {System} system
 * @param {string} rpm
 */
export function makeReadyForRpm(system, rpm) {
  system.run('sh', '-c', 'mkdir -p /etc/rpm && echo "%_dbpath /var/lib/rpm" >>/etc/rpm/macros');
  const needs = system.run('rpm', '--query', '--package', '--requires', rpm).trim().split('\n');
  // Of `(this or that)` the first will do; what begins with rpmlib is rpm's own.
  const names = needs.map(need => /^\(?([^ ()]+)/.exec(need)?.[1] ?? '').filter(name => !name.startsWith('rpmlib'));
  const folder = '/var/tmp/needs';
  const about = ['Name: needs', 'Version: 1', 'Release: 1', 'Summary: Names', 'License: MIT', 'BuildArch: noarch'];
  const spec = [...about, ...names.map(name => `Provides: ${name}`), '%description', 'Names.', '%files', ''];
  system.run('sh', '-c', 'mkdir "$1" && printf %s "$2" >"$1/needs.spec"', 'sh', folder, spec.join('\n'));
  system.run('rpmbuild', '-bb', '--define', `_topdir ${folder}`, `${folder}/needs.spec`);
  system.run('rpm', '--install', `${folder}/RPMS/noarch/needs-1-1.noarch.rpm`);
}
