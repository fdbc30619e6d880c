/** The process table of Windows, with programs that answer for PowerShell and taskkill. */
// @module-tag posix: the programs are shell scripts, whose names contain the separators of Windows

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Identity } from '../../../desktop/server/core/process-info';
import type { RunRecord } from '../../../desktop/server/core/run-record';
import { createOrphanCleanup } from '../../../desktop/server/orphan-cleanup';
import { createProcesses } from '../../../desktop/server/process-table';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { randomHex } from '../../../desktop/system/random-hex';

const processes = createProcesses('cim');
const ID = '0123456789abcdef0123456789abcdef';
const UNUSED_PID = 2 ** 22 + 1;
const systemRoot = process.env['SystemRoot'];
let folder: string;
let child: ChildProcess;
let known: Identity;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-windows-'));
  process.env['SystemRoot'] = join(folder, 'Windows');
  child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  known = { pid: child.pid!, startTime: '2026-01-01T00:00:00.0000000Z', executable: 'C:\\Łukasz\\s.exe' };
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
  if (systemRoot === undefined) delete process.env['SystemRoot'];
  else process.env['SystemRoot'] = systemRoot;
});

/** Creates a program of Windows, which also records its arguments. */
function program(path: string, script: string): void {
  const file = join(folder, `Windows\\System32\\${path}`);
  writeFileSync(file, `#!/bin/sh\necho "$@" >> '${join(folder, 'calls')}'\n${script}\n`);
  chmodSync(file, 0o700);
}

const powerShell = (script: string) => program('WindowsPowerShell\\v1.0\\powershell.exe', script);
const says = (facts: object) => powerShell(`cat <<'END'\n${JSON.stringify(facts)}\nEND`);
const found = () => ({ ...known, commandLine: '"C:\\Łukasz\\s.exe" --port 5870', mine: true });
const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '');

it('reads a process through the PowerShell of the system', async () => {
  says(found());
  expect(await processes.find(known.pid)).toMatchObject({ ...known, args: ['C:\\Łukasz\\s.exe', '--port', '5870'] });
  expect(calls()).toContain('UTF8Encoding');
});

it('reads a command line with a byte that is not UTF-8, such as 0x81', async () => {
  const json = Buffer.from(JSON.stringify({ ...found(), commandLine: 's.exe --name a~b' }));
  json[json.indexOf('~')] = 0x81;
  writeFileSync(join(folder, 'json'), json);
  powerShell(`cat '${join(folder, 'json')}'`);
  expect(await processes.find(known.pid)).toMatchObject({ ...known, args: ['s.exe', '--name', 'a\uFFFDb'] });
});

it('ends the input of PowerShell, which may wait for it', async () => {
  powerShell(`cat > /dev/null\ncat <<'END'\n${JSON.stringify(found())}\nEND`);
  expect(await processes.find(known.pid)).toMatchObject(known);
});

it('needs no PowerShell for a PID without a process', async () => {
  says(found());
  expect(await processes.find(UNUSED_PID)).toBeUndefined();
  expect(processes.hasExited(UNUSED_PID)).toBe(true);
  expect(calls()).toBe('');
});

it('does not take a process for gone when PowerShell fails', async () => {
  powerShell('echo "Get-CimInstance : Access denied"; exit 1');
  expect(await processes.find(known.pid)).toBe('unknown');
  expect(await processes.waitForExit(known, 100)).toBe(false);
  expect(await processes.terminate(known)).toBe(false);
  expect(await processes.kill(known, 'tree')).toBe(false);
});

it.each([
  ['takes a process for running after EPERM: it is another user’s, or has more rights', 'EPERM', false],
  ['takes a process for gone after ESRCH: no process has this PID', 'ESRCH', true],
])('%s', (_title, code, exited) => {
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error(code), { code });
  });
  onTestFinished(() => kill.mockRestore());
  for (const table of ['cim', 'ps'] as const) expect(createProcesses(table).hasExited(known.pid), table).toBe(exited);
});

it('kills the tree of a process that is the same, by the taskkill of the system', async () => {
  says(found());
  program('taskkill.exe', 'kill -9 "$4"');
  expect(await processes.kill(known, 'tree')).toBe(true);
  expect(calls()).toContain(`/F /T /PID ${known.pid}`);
  await expect.poll(() => child.signalCode).toBe('SIGKILL');
});

it('keeps the record of an app that may still run, and does not stop its server', async () => {
  powerShell('exit 1');
  program('taskkill.exe', '');
  const record: RunRecord = { id: ID, shell: known, server: known };
  const file = join(folder, 'run.json');
  writeFileSync(file, JSON.stringify([record]));
  const cleanup = createOrphanCleanup({
    file: openJsonFile(file, () => {}),
    processes: () => processes,
    shellPid: process.pid,
    randomHex,
    recordAfterMs: 0,
    within: undefined,
    log() {},
  });
  onTestFinished(() => expect(child.signalCode).toBeNull());
  expect(await cleanup.cleanUp()).toEqual({ servers: 0, others: 0 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([record]);
  expect(calls()).not.toContain('/PID');
});
