/** Prepares a view of this machine for installing packages: the system bus with polkit, and Debian's rpm. */

import { spawn } from 'node:child_process';
import { type MachineView, USER } from './machine-view';

/**
 * Starts a system bus with polkit in a view, for pkexec. polkit decides at once, without asking for a password.
 * @param permitted whether the ordinary user is allowed everything, or nothing
 * @returns stops the bus
 */
export async function startSystemBus(
  view: MachineView,
  { permitted }: { permitted: boolean },
): Promise<() => Promise<void>> {
  const rule = `polkit.addRule(function (action, subject) {
    if (subject.user === '${USER}') return polkit.Result.${permitted ? 'YES' : 'NO'};
  });`;
  await view.run('sh', '-c', 'printf %s "$1" >/etc/polkit-1/rules.d/00-cachibot.rules', 'sh', rule);
  // A bus of this machine is not affected. Of the services only polkit is needed.
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
 * Debian's rpm stores its database in the user's home, and has none of Fedora's packages. This sets the usual path of
 * the database, and installs a package that provides the names `rpm` depends on, so that rpm can check dependencies.
 * @param rpm the file of the package to install later
 */
export async function prepareRpm(view: MachineView, rpm: string): Promise<void> {
  await view.run('sh', '-c', 'mkdir -p /etc/rpm && echo "%_dbpath /var/lib/rpm" >>/etc/rpm/macros');
  const needs = (await view.run('rpm', '--query', '--package', '--requires', rpm)).trim().split('\n');
  // The first of `(this or that)` is sufficient; names that start with rpmlib are provided by rpm itself.
  const names = needs.map(need => /^\(?([^ ()]+)/.exec(need)?.[1] ?? '').filter(name => !name.startsWith('rpmlib'));
  const folder = '/var/tmp/needs';
  const about = ['Name: needs', 'Version: 1', 'Release: 1', 'Summary: Names', 'License: MIT', 'BuildArch: noarch'];
  const spec = [...about, ...names.map(name => `Provides: ${name}`), '%description', 'Names.', '%files', ''];
  await view.run('sh', '-c', 'mkdir "$1" && printf %s "$2" >"$1/needs.spec"', 'sh', folder, spec.join('\n'));
  await view.run('rpmbuild', '-bb', '--define', `_topdir ${folder}`, `${folder}/needs.spec`);
  await view.run('rpm', '--install', `${folder}/RPMS/noarch/needs-1-1.noarch.rpm`);
}
