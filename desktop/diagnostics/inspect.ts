import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { redact } from '../log/core/redact';
import type { Flaw } from '../server/core/bundle-manifest';
import { runProgram } from '../system/run-program';
import { windowsProgram } from '../system/windows-program';
import { listeningInode, ownerFromLsof, ownerFromNetstat, type PortOwner } from './core/port-owner';

interface Options {
  build: string;
  versions: Record<string, string>;
  paths: Record<string, string>;
  port: number;
  portIsFree(port: number): Promise<boolean>;
  platform: string;
  /** The home folder with the user's data. Its disk is examined. */
  dataFolder: string;
  /** Command that checks the data; undefined for a server that is not ours. */
  checkData: { file: string; args: string[]; env: NodeJS.ProcessEnv } | undefined;
  /** Checks every file of the frozen server; undefined if the server is not frozen. */
  inspectBundle: (() => Promise<Inspection>) | undefined;
  lastFailure: unknown;
  updates: unknown;
}

interface Inspection {
  files: number;
  flawed: number;
  flaws: readonly Flaw[];
}

/** The report of `--doctor`. Sizes are in bytes. */
export interface Report {
  /** `release`, `clone`, or `rehearsal: ` and why this build must not be released. */
  build: string;
  versions: Record<string, string>;
  paths: Record<string, string>;
  port: { number: number; free: boolean; holder: PortOwner | 'unknown' | null };
  disk: { freeBytes: number; totalBytes: number } | { error: string };
  /** Result of comparing the frozen server's files with their manifest, hashes included. */
  bundle: ({ ok: boolean } & Inspection) | 'not frozen';
  data: { ok: boolean; code: number | string; says: string } | 'not checked';
  lastFailure: unknown;
  /** Content of update.json: the previous version, and whether this version was ever ready. */
  updates: unknown;
}

const CHECK_MS = 20_000;
const PORT_OWNER_MS = 5_000;

/** Examines the machine. Changes nothing, and needs no lock, no server and no window. */
export async function examine(options: Options): Promise<Report> {
  const { build, port, platform, versions, paths, lastFailure, updates } = options;
  const [free, disk, data, bundle] = await Promise.all([
    options.portIsFree(port),
    diskOf(options.dataFolder),
    dataOf(options.checkData),
    options.inspectBundle?.(),
  ]);
  const owner = free ? null : ((await ownerOf(port, platform)) ?? 'unknown');
  return {
    build,
    versions,
    paths,
    port: { number: port, free, holder: owner },
    disk,
    bundle: bundle ? { ok: bundle.flawed === 0, ...bundle } : 'not frozen',
    data,
    lastFailure: lastFailure ?? null,
    updates: updates ?? null,
  };
}

async function diskOf(folder: string): Promise<Report['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function dataOf(check: Options['checkData']): Promise<Report['data']> {
  if (check === undefined) return 'not checked';
  const { output, errors, failure } = await runProgram(check.file, check.args, { env: check.env, limitMs: CHECK_MS });
  const says = redact(`${output}${errors || (failure?.reason ?? '')}`.trim()).slice(0, 2_000);
  return { ok: failure === undefined, code: failure?.code ?? 0, says };
}

async function ownerOf(port: number, platform: string): Promise<PortOwner | undefined> {
  if (platform === 'linux') return ownerOnLinux(port);
  const limits = { limitMs: PORT_OWNER_MS };
  if (platform === 'darwin')
    return ownerFromLsof((await runProgram('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], limits)).output);
  return ownerFromNetstat((await runProgram(windowsProgram('netstat'), ['-ano', '-p', 'TCP'], limits)).output, port);
}

/** Finds the socket in the kernel's table, then the process that has it open. Does not find other users' processes. */
function ownerOnLinux(port: number): PortOwner | undefined {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(file => readText(file));
  const inode = tables.map(table => listeningInode(table, port)).find(found => found !== undefined);
  if (inode === undefined) return undefined;
  const pid = readdirSync('/proc').find(name => /^\d+$/.test(name) && hasSocket(name, inode));
  return pid === undefined ? undefined : { pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() };
}

function hasSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
  } catch {
    // It has exited, or it is another user's.
    return false;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // There is no such table (IPv6 is off), or the process has exited.
    return '';
  }
}
