/**
 * Updates of a deb and an rpm by the system's package manager, for an ordinary user, in a view of this machine.
 * @module-tag linux
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Build } from '../drivers/linux-installers';
import { type MachineView, openMachineView, USER } from '../drivers/machine-view';
import { until } from '../drivers/poll';
import { prepareRpm, startSystemBus } from '../drivers/system-bus';
import type { UpdateTestbed } from '../drivers/update-testbed';
import { type Case, defineCases, update } from './cases';

interface Format {
  name: 'deb' | 'rpm';
  install(view: MachineView, build: Build): Promise<unknown>;
  /** Command that reports the installed version. */
  query: readonly [string, ...string[]];
  /** Matches the version in its output. */
  version: RegExp;
}

const DEB: Format = {
  name: 'deb',
  install: (view, { file }) => view.run('apt-get', 'install', '--yes', '--no-install-recommends', file),
  query: ['dpkg', '--status', 'cachibot-desktop'],
  version: /^Status: install ok installed$(?:.|\n)*^Version: (\S+)$/m,
};

const RPM: Format = {
  name: 'rpm',
  async install(view, { file }) {
    await prepareRpm(view, file);
    await view.run('rpm', '--install', file);
  },
  query: ['rpm', '--query', '--queryformat', '%{version}', 'cachibot-desktop'],
  version: /^(\S+)$/,
};

interface Context {
  testbed: UpdateTestbed;
  view: MachineView;
  older: Build;
  newer: Build;
  start(): Promise<void>;
}

interface Course {
  name: string;
  expected: string;
  permitted: boolean;
  /** @returns the version that must be installed afterwards */
  update(context: Context): Promise<string>;
}

function bySystem({ name, install, query, version: pattern }: Format, course: Course): Case {
  return {
    name: `${name}, ${course.name}`,
    expected: course.expected,
    async run(testbed, { [name]: { older, newer } }) {
      const view = await openMachineView();
      testbed.onClose(() => view.close());
      testbed.onClose(await startSystemBus(view, course));
      await install(view, older);
      testbed.seed();
      testbed.offer(newer);
      const program = writeStarter(testbed, view);
      await view.run('chown', '--recursive', `${USER}:${USER}`, testbed.folder);
      const start = () => testbed.start(program, []); // in Chromium's sandbox, which works for an ordinary user
      await start();
      await testbed.store();
      const version = await course.update({ testbed, view, older, newer, start });
      const output = await view.run(...query);
      if (pattern.exec(output)?.[1] !== version) throw new Error(`${query[0]} reports: ${output.slice(0, 200)}`);
      if (!testbed.log().includes('update: pkexec ')) throw new Error('pkexec was not called.');
      return `${query[0]} reports ${version}, which runs`;
    },
  };
}

/** Writes a script that starts the app in the view, as the ordinary user. @returns its path */
function writeStarter({ folder }: UpdateTestbed, { enter, enterAsUser }: MachineView): string {
  const file = join(folder, 'start');
  const asUser = enterAsUser.slice(enter.length);
  const command = ['exec', ...enter, '-u', 'ELECTRON_DISABLE_SANDBOX', ...asUser, '/opt/CachiBot/cachibot-desktop'];
  writeFileSync(file, `#!/bin/sh\n${command.join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

const BY_THE_SYSTEM: Course = {
  name: 'by the system’s own tools',
  expected: 'pkexec permits the installation of v2, which has all data of v1',
  permitted: true,
  async update({ testbed, newer }) {
    await update(testbed, newer.version);
    return newer.version;
  },
};

const NOT_PERMITTED: Course = {
  name: 'without permission',
  expected: 'pkexec refuses, the reason is shown, v1 continues',
  permitted: false,
  async update({ testbed, older }) {
    await testbed.checkForUpdate();
    await testbed.downloadUpdate();
    await testbed.installUpdate();
    const reason = /installation wasn’t allowed\. In a terminal, run: sudo apt-get install/;
    await until('the reason in the log', () => reason.test(testbed.log()));
    await testbed.until('the server of v1', () => testbed.log().split('"phase":"ready"').length > 2, 60_000);
    return older.version;
  },
};

const QUIT: Course = {
  name: 'quit during the installation',
  expected: 'the app exits after v2 is installed; the next start runs v2, with all data of v1',
  permitted: true,
  async update({ testbed, view, newer, start }) {
    // A slow apt-get, which comes first on the PATH.
    const slow = '#!/bin/sh\nsleep 4\nexec /usr/bin/apt-get "$@"\n';
    const installer = '/usr/local/bin/apt-get';
    await view.run('sh', '-c', 'printf %s "$1" >"$2" && chmod +x "$2"', 'sh', slow, installer);
    await testbed.checkForUpdate();
    await testbed.downloadUpdate();
    void testbed.installUpdate().catch(() => {}); // the page closes with the app
    await until('the installer', () => testbed.processes().some(({ args }) => args.includes(installer)));
    for (const { pid } of testbed.shells()) process.kill(pid, 'SIGTERM');
    await until('the exit of the app', () => testbed.shells().length === 0, { limitMs: 60_000 });
    const status = await view.run(...DEB.query);
    if (DEB.version.exec(status)?.[1] !== newer.version) throw new Error('The app exited before v2 was installed.');
    await start();
    await testbed.untilUpdatedTo(newer.version);
    return newer.version;
  },
};

defineCases([
  bySystem(DEB, BY_THE_SYSTEM),
  bySystem(RPM, BY_THE_SYSTEM),
  bySystem(DEB, NOT_PERMITTED),
  bySystem(DEB, QUIT),
]);
