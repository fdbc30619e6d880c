/** What installs packages in a view of this machine: the system's bus with polkit on it, and Debian's rpm. */

import { spawn } from 'node:child_process';
import { type MachineView, USER } from './machine-view';

/**
 * Starts the bus of the system, on which pkexec asks polkit, in a view that may not have started any. polkit asks nobody
 * for a password: it answers at once.
 * @param permitted whether the ordinary user may do everything, or nothing
 * @returns stops it
 */
export async function startSystemBus(
  view: MachineView,
  { permitted }: { permitted: boolean },
): Promise<() => Promise<void>> {
  const rule = `polkit.addRule(function (action, subject) {
    if (subject.user === '${USER}') return polkit.Result.${permitted ? 'YES' : 'NO'};
  });`;
  await view.run('sh', '-c', 'printf %s "$1" >/etc/polkit-1/rules.d/00-cachibot.rules', 'sh', rule);
  // The bus of this machine, if it has one, stays as it is; and of the services polkit is enough.
  await view.run('sh', '-c', 'mkdir -p /run/dbus && mount -t tmpfs tmpfs /run/dbus');
  const services = '/usr/share/dbus-1/system-services';
  await view.run('find', services, '-type', 'f', '!', '-name', 'org.freedesktop.PolicyKit1.service', '-delete');
  const [command = '', ...args] = [
    ...view.enter,
    ...['dbus-daemon', '--system', '--nofork', '--nopidfile', '--print-address=1'],
  ];
  const bus = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = new Promise(resolve => bus.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    bus.stdout.once('data', () => resolve());
    bus.once('exit', code => reject(new Error(`The bus of the system exited with code ${code}.`)));
  });
  return async () => {
    bus.kill(); // polkit exits with it
    await exited;
  };
}

/**
 * Debian's rpm keeps its database in the home of whoever asks, and knows none of Fedora's packages. This gives the
 * database its usual place, and installs a package that has the names `rpm` depends on, so that rpm can check them.
 * @param rpm the file of the package that is to be installed
 */
export async function prepareRpm(view: MachineView, rpm: string): Promise<void> {
  await view.run('sh', '-c', 'mkdir -p /etc/rpm && echo "%_dbpath /var/lib/rpm" >>/etc/rpm/macros');
  const needs = (await view.run('rpm', '--query', '--package', '--requires', rpm)).trim().split('\n');
  // Of `(this or that)` the first will do; what begins with rpmlib is rpm's own.
  const names = needs.map(need => /^\(?([^ ()]+)/.exec(need)?.[1] ?? '').filter(name => !name.startsWith('rpmlib'));
  const folder = '/var/tmp/needs';
  const about = ['Name: needs', 'Version: 1', 'Release: 1', 'Summary: Names', 'License: MIT', 'BuildArch: noarch'];
  const spec = [...about, ...names.map(name => `Provides: ${name}`), '%description', 'Names.', '%files', ''];
  await view.run('sh', '-c', 'mkdir "$1" && printf %s "$2" >"$1/needs.spec"', 'sh', folder, spec.join('\n'));
  await view.run('rpmbuild', '-bb', '--define', `_topdir ${folder}`, `${folder}/needs.spec`);
  await view.run('rpm', '--install', `${folder}/RPMS/noarch/needs-1-1.noarch.rpm`);
}
