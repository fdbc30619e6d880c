/** Damaged data, data of a newer version, and a file at the path of the work folder. */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseIn } from '../drivers/data';
import { failurePage, PerRun, tryAgain } from '../drivers/effects';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

interface Damage {
  name: string;
  fault: string;
  /** Damages the data. @returns a description of the damage */
  damage: (home: string) => string;
  words: RegExp;
}

const repairs = new PerRun<() => void>();

function damaged({ name, fault, damage, words }: Damage): Scenario {
  return {
    name,
    server: 'real',
    phase: 'before',
    fault,
    expected: 'a page says so, and the data is not changed; with the correct data Try again works',
    async inject(run) {
      const database = databaseIn(run.home);
      const good = readFileSync(database);
      const evidence = damage(run.home);
      const bad = readFileSync(database);
      repairs.set(run, () => {
        if (!readFileSync(database).equals(bad)) throw new Error('The database was changed.');
        writeFileSync(database, good);
        rmSync(join(run.home, '.cachibot', 'desktop.json'), { force: true });
      });
      run.start();
      return evidence;
    },
    async see(run) {
      const page = await failurePage(run, words);
      repairs.of(run)();
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

defineScenarios([
  damaged({
    name: 'damage-database',
    fault: 'the database is not a database',
    damage(home) {
      writeFileSync(databaseIn(home), Buffer.alloc(100_000, 'not a database '));
      return 'cachibot.db was overwritten';
    },
    words: SCREEN.databaseDamaged,
  }),
  damaged({
    name: 'newer-database',
    fault: 'the data was last used by a newer CachiBot, with another schema',
    damage(home) {
      const record = { cachibot: '99.0.0', app: '99.0.0', schema: 'another' };
      writeFileSync(join(home, '.cachibot', 'desktop.json'), JSON.stringify(record));
      return 'desktop.json names version 99.0.0';
    },
    words: SCREEN.newerData,
  }),
  {
    name: 'damage-workspace',
    server: 'scripted',
    phase: 'before',
    fault: 'there is a file at the path of the user’s work folder',
    expected: 'a page names it; after it is removed Try again works',
    async inject(run) {
      const folder = join(run.home, 'CachiBot');
      writeFileSync(folder, 'a file');
      run.start();
      return `${execFileSync('stat', ['-c', '%F', folder], { encoding: 'utf8' }).trim()} CachiBot`;
    },
    async see(run) {
      const page = await failurePage(run, SCREEN.noWorkspace);
      rmSync(join(run.home, 'CachiBot'));
      return `${page}; ${await tryAgain(run)}`;
    },
  },
]);
