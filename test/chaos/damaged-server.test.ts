/** Damaged files of the frozen server. */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppRun } from '../drivers/app-run';
import { copyApp } from '../drivers/apps';
import { failurePage, PerRun, tryAgain } from '../drivers/effects';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

interface Damage {
  name: string;
  server: 'scripted' | 'real';
  fault: string;
  file: (bundle: string) => string;
  change: (content: Buffer) => Buffer;
  words: RegExp;
}

const repairs = new PerRun<() => void>();

/** Damages one file of a copy of the app. The other files are hard links to those of the original. */
function damaged({ name, server, fault, file: find, change, words }: Damage): Scenario {
  return {
    name,
    server,
    phase: 'before',
    fault,
    expected: 'a page names the file and says what to do; after the repair Try again works',
    async inject(run) {
      run.app = copyApp(run.app, join(run.folder, 'app'));
      const file = find(join(run.app.resources, 'backend'));
      replace(run, file, change);
      run.start();
      return `${file} was changed`;
    },
    async see(run) {
      const page = await failurePage(run, words);
      repairs.of(run)();
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

/** Replaces the file by a new one, because it is a hard link shared with the other copies. */
function replace(run: AppRun, file: string, change: (content: Buffer) => Buffer): void {
  const { mode } = statSync(file);
  const content = readFileSync(file);
  const write = (bytes: Buffer) => {
    rmSync(file);
    writeFileSync(file, bytes, { mode });
  };
  write(change(Buffer.from(content)));
  repairs.set(run, () => write(content));
}

/** Finds a library that the real server needs to start. */
function pythonLibrary(bundle: string): string {
  const folder = join(bundle, '_internal');
  const name = readdirSync(folder).find(file => /^libpython.*\.so/.test(file));
  if (name === undefined) throw new Error('The bundle has no libpython.');
  return join(folder, name);
}

defineScenarios([
  damaged({
    name: 'damage-server-changed',
    server: 'scripted',
    fault: 'one byte of the server’s executable has been changed',
    file: bundle => join(bundle, 'cachibot-server'),
    // The length is the same, but the script is no longer valid.
    change: content => Buffer.from(content.toString().replace('process.argv.splice', 'process.argv.splicf')),
    words: SCREEN.fileChanged('cachibot-server'),
  }),
  damaged({
    name: 'damage-server-cut-real',
    server: 'real',
    fault: 'the server’s Python library is cut off after 1 MB',
    file: pythonLibrary,
    change: content => content.subarray(0, 1_000_000),
    words: SCREEN.fileDamaged('libpython'),
  }),
  damaged({
    name: 'damage-server-bytes-real',
    server: 'real',
    fault: 'the first 64 bytes of the server’s Python library are zero',
    file: pythonLibrary,
    change: content => content.fill(0, 0, 64),
    words: SCREEN.fileChanged('libpython'),
  }),
]);
