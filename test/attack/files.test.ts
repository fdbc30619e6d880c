/** Links and pipes in the app's own folders: it changes no other file, and waits for nobody. */
// @module-tag posix: Windows has no pipes among files, and links only for administrators

import { spawn, spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Attack, defineAttacks, type OnClose, pairs } from '../drivers/attacks';
import { writeUnguardedApp } from '../drivers/unguarded-app';

const ROOT = join(__dirname, '..', '..');

interface Target {
  /** The folder of the app's compiled code. */
  code: string;
  work: string;
}

const openTarget = (onClose: OnClose, unguarded: boolean): Target => {
  const work = mkdtempSync(join(tmpdir(), 'cachibot-files-'));
  onClose(() => rmSync(work, { recursive: true, force: true }));
  if (unguarded) mkdirSync(join(work, 'app'));
  if (unguarded) writeUnguardedApp(join(work, 'app'));
  return { code: unguarded ? join(work, 'app') : ROOT, work };
};

/** Uses of a file of the app: code that gets the app's modules, and the file's path. */
const USES = {
  readJson: `openJsonFile(file, () => {}).read()`,
  writeJson: `openJsonFile(file, () => {}).write({ written: 'by the app' })`,
  appendToLog: `
    const writer = new LogWriter(file, () => {});
    writer.add('written by the app\\n');
    void writer.flush()`,
  appendAtCrash: `new LogWriter(file, () => {}).addSync('written by the app\\n')`,
} as const;

/** A process that waits for a pipe does not end by itself. */
const LIMIT_MS = 3_000;

/** Runs a use in a process of its own. Returns whether it ended. */
function ends({ code }: Target, use: keyof typeof USES, file: string): Promise<boolean> {
  const script = `
    const { openJsonFile } = require('${code}/out/settings/json-file.js');
    const { LogWriter } = require('${code}/out/log/log-writer.js');
    const file = ${JSON.stringify(file)};
    ${USES[use]};`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return new Promise(resolve => {
    child.once('exit', (_code, signal) => {
      clearTimeout(timer);
      resolve(signal === null);
    });
  });
}

let count = 0;
/** Creates a folder for one try. */
function folderFor({ work }: Target): string {
  const folder = join(work, `try-${count++}`);
  mkdirSync(folder);
  return folder;
}

/** Makes the tries, a few at a time, until enough got through. */
async function collect<Try>(tries: readonly Try[], make: (value: Try) => Promise<string | undefined>, enough: number) {
  const through: string[] = [];
  for (let at = 0; at < tries.length && through.length < enough; at += 4) {
    const made = await Promise.all(tries.slice(at, at + 4).map(make));
    through.push(...made.filter(result => result !== undefined));
  }
  return through;
}

/** The names that the app writes to, and how. */
const WRITTEN = [
  ['settings.json', 'settings.json.new', 'writeJson'],
  ['window.json', 'window.json.new', 'writeJson'],
  ['run.json', 'run.json.new', 'writeJson'],
  ['update.json', 'update.json.new', 'writeJson'],
  ['last-failure.json', 'last-failure.json.new', 'writeJson'],
  ['main.log', 'main.log', 'appendToLog'],
  ['server.log', 'server.log', 'appendToLog'],
  ['main.log', 'main.log', 'appendAtCrash'],
] as const;
const LINKS = ['link', 'hard link', 'link to a link', 'link to nothing'] as const;
const WRITES = pairs(WRITTEN, LINKS);

async function writeThrough(target: Target, enough: number): Promise<string[]> {
  const make = async ([[name, trap, use], kind]: (typeof WRITES)[number]) => {
    const folder = folderFor(target);
    const victim = join(folder, 'victim');
    const before = kind === 'link to nothing' ? undefined : 'mine';
    if (before !== undefined) writeFileSync(victim, before);
    const place = join(folder, trap);
    if (kind === 'hard link') linkSync(victim, place);
    else if (kind === 'link to a link') {
      symlinkSync(victim, join(folder, 'middle'));
      symlinkSync(join(folder, 'middle'), place);
    } else symlinkSync(victim, place);
    await ends(target, use, join(folder, name));
    return contentOf(victim) === before ? undefined : `${kind}: ${trap}, ${use}`;
  };
  return collect(WRITES, make, enough);
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // it does not exist
  }
}

const WAITS = [...WRITTEN, ['settings.json', 'settings.json', 'readJson'] as const];

async function waitFor(target: Target, enough: number): Promise<string[]> {
  const make = async ([name, trap, use]: (typeof WAITS)[number]) => {
    const folder = folderFor(target);
    spawnSync('mkfifo', [join(folder, trap)]);
    return (await ends(target, use, join(folder, name))) ? undefined : `pipe: ${trap}, ${use}`;
  };
  return collect(WAITS, make, enough);
}

const attacks: Attack<Target>[] = [
  { name: 'a link in the app’s folders changes another file', tried: WRITES.length, run: writeThrough },
  { name: 'a pipe in the app’s folders blocks it', tried: WAITS.length, run: waitFor },
];

defineAttacks(
  {
    guarded: async onClose => openTarget(onClose, false),
    unguarded: async onClose => openTarget(onClose, true),
  },
  attacks,
);
