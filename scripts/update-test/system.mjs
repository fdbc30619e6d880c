// @ts-check
// A view of this machine for a case, in which packages are installed without being installed here.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../installing/other-root.sh', import.meta.url));

/** @typedef {Awaited<ReturnType<typeof otherSystem>>} System */

/**
 * It shares network, processes and temporary files with this one, and ends with the case.
 * @param {import('./world.mjs').World} world
 */
export async function otherSystem(world) {
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

  return {
    /** As root; throws what it said when it fails. @param {string[]} command */
    run(...command) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const { status, stdout, stderr } = spawnSync('nsenter', [...inside, ...command], { encoding: 'utf8', env });
      if (status !== 0) throw new Error(`${command.join(' ')} ended with code ${status}: ${stdout}${stderr}`);
      return stdout;
    },
    /** A program of this machine by which one of that is started. @param {string} program */
    starter(program) {
      const file = join(world.folder, 'start');
      writeFileSync(file, `#!/bin/sh\nexec nsenter ${inside.join(' ')} '${program}' "$@"\n`, { mode: 0o755 });
      return file;
    },
  };
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
