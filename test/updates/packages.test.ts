/**
 * Packages that the system installs, in a view of this machine, for an ordinary user.
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
  /** Asks the system which version it has. */
  query: readonly [string, ...string[]];
  /** Finds the version in its answer. */
  answer: RegExp;
}

const DEB: Format = {
  name: 'deb',
  install: (view, { file }) => view.run('apt-get', 'install', '--yes', '--no-install-recommends', file),
  query: ['dpkg', '--status', 'cachibot-desktop'],
  answer: /^Status: install ok installed$(?:.|\n)*^Version: (\S+)$/m,
};

const RPM: Format = {
  name: 'rpm',
  async install(view, { file }) {
    await prepareRpm(view, file);
    await view.run('rpm', '--install', file);
  },
  query: ['rpm', '--query', '--queryformat', '%{version}', 'cachibot-desktop'],
  answer: /^(\S+)$/,
};

interface Scene {
  testbed: UpdateTestbed;
  view: MachineView;
  older: Build;
  newer: Build;
  start(): Promise<void>;
}

interface Outcome {
  name: string;
  expected: string;
  permitted: boolean;
  /** @returns the version that is installed afterwards */
  update(scene: Scene): Promise<string>;
}

function bySystem({ name, install, query, answer }: Format, outcome: Outcome): Case {
  return {
    name: `${name}, ${outcome.name}`,
    expected: outcome.expected,
    async run(testbed, { [name]: { older, newer } }) {
      const view = await openMachineView();
      testbed.onClose(() => view.end());
      testbed.onClose(await startSystemBus(view, outcome));
      await install(view, older);
      testbed.seed();
      testbed.offer(newer);
      const program = layStarter(testbed, view);
      await view.run('chown', '--recursive', `${USER}:${USER}`, testbed.folder);
      const start = () => testbed.start(program, []); // in the sandbox, which an ordinary user has
      await start();
      await testbed.store();
      const version = await outcome.update({ testbed, view, older, newer, start });
      const said = await view.run(...query);
      if (answer.exec(said)?.[1] !== version) throw new Error(`${query[0]} says: ${said.slice(0, 200)}`);
      if (!testbed.log().includes('update: pkexec ')) throw new Error('pkexec was not asked.');
      return `${query[0]} says ${version}, which runs`;
    },
  };
}

/** A program of this machine that starts the app in the view, as the ordinary user. */
function layStarter({ folder }: UpdateTestbed, { enter, enterAsUser }: MachineView): string {
  const file = join(folder, 'start');
  const asUser = enterAsUser.slice(enter.length);
  const words = ['exec', ...enter, '-u', 'ELECTRON_DISABLE_SANDBOX', ...asUser, '/opt/CachiBot/cachibot-desktop'];
  writeFileSync(file, `#!/bin/sh\n${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

const BY_THE_SYSTEM: Outcome = {
  name: 'by the system’s own tools',
  expected: 'pkexec lets them install v2; everything of v1 is there in it',
  permitted: true,
  async update({ testbed, newer }) {
    await update(testbed, newer.version);
    return newer.version;
  },
};

const NOT_PERMITTED: Outcome = {
  name: 'without permission',
  expected: 'pkexec refuses, the reason is told, v1 goes on',
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

const QUIT: Outcome = {
  name: 'quit meanwhile',
  expected: 'the app ends when v2 is installed, and not before; v2 is there at the next start, with everything of v1',
  permitted: true,
  async update({ testbed, view, newer, start }) {
    // A slow one, before the other on the PATH.
    const slow = '#!/bin/sh\nsleep 4\nexec /usr/bin/apt-get "$@"\n';
    const installer = '/usr/local/bin/apt-get';
    await view.run('sh', '-c', 'printf %s "$1" >"$2" && chmod +x "$2"', 'sh', slow, installer);
    await testbed.checkForUpdate();
    await testbed.downloadUpdate();
    void testbed.installUpdate().catch(() => {}); // it goes with the app
    await until('the installer', () => testbed.processes().some(({ words }) => words.includes(installer)));
    for (const { pid } of testbed.shells()) process.kill(pid, 'SIGTERM');
    await until('the end of the app', () => testbed.shells().length === 0, { limitMs: 60_000 });
    const status = await view.run(...DEB.query);
    if (DEB.answer.exec(status)?.[1] !== newer.version) throw new Error('The app ended before v2 was installed.');
    await start();
    await testbed.updatedTo(newer.version);
    return newer.version;
  },
};

defineCases([
  bySystem(DEB, BY_THE_SYSTEM),
  bySystem(RPM, BY_THE_SYSTEM),
  bySystem(DEB, NOT_PERMITTED),
  bySystem(DEB, QUIT),
]);
