/** The frozen server's backup and restore are killed at random times. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { expectDataIntact } from '../drivers/data';
import { usable } from '../drivers/effects';
import { requiredEnv } from '../drivers/required-env';
import { defineScenarios } from '../drivers/scenarios';

const SOAK_SECONDS = Number(requiredEnv('CACHIBOT_TEST_SOAK'));
/** 200 with the command, 20 in CI, where the soak tests are shorter, too. */
const ROUNDS = SOAK_SECONDS >= 300 ? 200 : Math.ceil(SOAK_SECONDS / 3);

/** Files of each kind that a backup contains. A restore must change all of them or none. */
const MARKED = [
  '.cachibot/uploads/mark.txt',
  '.cachibot.toml',
  'CachiBot/.env',
  'profile/settings.json',
  'profile/Partitions/cachibot/Local Storage/leveldb/000003.log',
];

const mark = (name: string, text: string) => (name.endsWith('.json') ? `{"mark": "${text}"}` : `# ${text}`);

function markAll({ home }: AppRun, text: string): void {
  for (const name of MARKED) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), mark(name, text));
  }
}

/** Returns the mark that all files have. */
function readMarks({ home }: AppRun): string {
  const found = MARKED.map(name => (/[ab]{3}/.exec(readFileSync(join(home, name), 'utf8')) ?? [''])[0]);
  if (new Set(found).size > 1) throw new Error(`Only a part was restored: ${found.join(', ')}.`);
  return found[0] ?? '';
}

/** The command line and options of the packed app's server. */
function command(run: AppRun, ...args: string[]) {
  const env = { ...run.env, CACHIBOT_WORKSPACE: join(run.home, 'CachiBot') };
  const file = join(run.app.resources, 'backend', 'cachibot-server');
  return [file, [...args, '--profile', join(run.home, 'profile')], { cwd: run.home, env }] as const;
}

function runServer(run: AppRun, ...args: string[]): void {
  const [file, all, options] = command(run, ...args);
  const { status, stderr } = spawnSync(file, all, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
}

/** Starts the server's command, kills it after this time, and returns whether it was still running. */
async function killAfter(run: AppRun, ms: number, ...args: string[]): Promise<boolean> {
  const [file, all, options] = command(run, ...args);
  const child: ChildProcess = spawn(file, all, { ...options, stdio: 'ignore' });
  const exited = new Promise(resolve => child.once('exit', resolve));
  await Promise.race([pause(ms), exited]);
  const killed = child.exitCode === null;
  child.kill('SIGKILL');
  await exited;
  return killed;
}

async function killAtRandom(run: AppRun): Promise<string> {
  const [aaa, bbb, third] = ['aaa', 'bbb', 'third'].map(name => join(run.folder, `${name}.cachibot-backup`)) as [
    string,
    string,
    string,
  ];
  for (const [file, text] of [
    [aaa, 'aaa'],
    [bbb, 'bbb'],
  ] as const) {
    markAll(run, text);
    runServer(run, '--back-up-all', file);
  }
  const started = performance.now();
  runServer(run, '--restore', aaa);
  const usualMs = performance.now() - started;
  const counts = { killed: 0, restored: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const before = readMarks(run);
    const other = before === 'aaa' ? bbb : aaa;
    if (await killAfter(run, Math.random() * usualMs * 1.1, '--restore', other)) counts.killed++;
    runServer(run, '--finish-restore');
    if (readMarks(run) !== before) counts.restored++;
    expectDataIntact(run.home, run.python);
    await killAfter(run, (Math.random() * usualMs) / 2, '--back-up-all', third);
    if (existsSync(third)) expectComplete(run, third);
    rmSync(third, { force: true });
  }
  return `${ROUNDS} rounds, ${counts.killed} restores killed, ${counts.restored} times restored`;
}

function expectComplete(run: AppRun, file: string): void {
  const program = 'import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None';
  const { status, stderr } = spawnSync(run.python, ['-c', program, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`A killed backup left a damaged file: ${stderr}`);
}

defineScenarios([
  {
    name: 'kill-backup-restore',
    server: 'real',
    phase: 'before',
    limitMs: 180_000 + ROUNDS * 20_000,
    fault: 'kill -9 of a backup and of a restore at random times',
    expected: 'each time the old data or the restored data, complete; no damaged backup; then the app starts',
    inject: killAtRandom,
    see: async run => {
      run.start();
      return usable(run);
    },
  },
]);
