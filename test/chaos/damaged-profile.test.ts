/** Damaged files of the shell and of Chromium in the profile folder. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { usable } from '../drivers/effects';
import { until } from '../drivers/poll';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { LOG } from '../drivers/screen-words';
import { readOrEmpty } from '../drivers/still-running';

interface Damage {
  name: string;
  /** Path in the home. */
  file: string;
  fault: string;
  content?: string;
  /** Puts something else in the place of the file. */
  make?: (path: string) => void;
  more?: (folder: string) => void;
  /** Text that the log must contain. */
  logged?: RegExp;
}

function damaged({ name, file, fault, content, make, more, logged }: Damage): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'before',
    fault,
    expected: `${logged ? 'it is moved aside or ignored, and the log says so; ' : ''}the app starts as usual`,
    async inject(run) {
      const path = join(run.home, file);
      mkdirSync(dirname(path), { recursive: true });
      if (content !== undefined) writeFileSync(path, content);
      make?.(path);
      more?.(dirname(path));
      run.start();
      return `${file} existed before the start`;
    },
    async see(run) {
      const seen = await usable(run);
      if (logged === undefined) return seen;
      const log = () => readOrEmpty(run.logFile, 'utf8');
      await until(`${logged} in the log`, () => logged.test(log()), { actual: log });
      return `${seen}; the log says ${logged.source}`;
    },
  };
}

defineScenarios([
  damaged({
    name: 'damage-settings-text',
    file: 'profile/settings.json',
    fault: 'the settings are cut off in the middle',
    content: '{ "updateChannel": "be',
    logged: LOG.settingsDamaged,
  }),
  damaged({
    name: 'damage-settings-pipe',
    file: 'profile/settings.json',
    fault: 'the settings are a pipe, which nobody writes to',
    make: path => execFileSync('mkfifo', [path]),
    logged: LOG.pipe,
  }),
  damaged({
    name: 'damage-log-link',
    file: 'profile/logs/main.log',
    fault: 'the log is a link to another file',
    make: path => symlinkSync(join(dirname(path), 'elsewhere'), path),
    logged: LOG.logLink,
  }),
  damaged({
    name: 'damage-profile-pipe',
    file: 'profile/Local State',
    fault: 'a file of Chromium’s is a pipe, which nobody writes to',
    make: path => execFileSync('mkfifo', [path]),
    logged: LOG.pipe,
  }),
  damaged({
    name: 'damage-settings-values',
    file: 'profile/settings.json',
    fault: 'the settings contain invalid values',
    content: '{ "startLimitSeconds": -1, "updateChannel": ["beta"], "openV1": "yes" }',
    logged: LOG.wrongSetting,
  }),
  damaged({
    name: 'damage-window',
    file: 'profile/window.json',
    fault: 'the window’s position is not JSON',
    content: 'x: 3, y: 4',
    logged: LOG.windowDamaged,
  }),
  damaged({
    name: 'damage-window-nowhere',
    file: 'profile/window.json',
    fault: 'the window was last far off the screen',
    content: '{ "bounds": { "x": 90000, "y": -90000, "width": 1, "height": 1e9 }, "background": "red;" }',
  }),
  damaged({
    name: 'damage-last-failure',
    file: 'profile/last-failure.json',
    fault: 'the record of the last failure is not JSON',
    content: '\0',
  }),
  damaged({
    name: 'damage-profile',
    file: 'profile/Preferences',
    fault: 'Chromium’s own preferences are not JSON',
    content: '{{{',
    more: folder => writeFileSync(join(folder, 'Local State'), '{{{'),
  }),
  damaged({
    name: 'damage-storage',
    file: 'profile/Partitions/cachibot/Local Storage/leveldb/CURRENT',
    fault: 'the page’s storage is damaged',
    content: 'MANIFEST-999999\n',
    logged: LOG.storageDamaged,
  }),
]);
