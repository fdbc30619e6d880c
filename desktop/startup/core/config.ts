/** Reads the arguments, the environment and other facts about the machine into the configuration of one run. */

import type { Bundle } from '../../server/core/bundle-manifest';
import { type Platform, platformFor } from '../../system/core/platform';
import { startup } from '../../words/startup';
import { isUnknownOption } from './chromium-switches';

export const PREFERRED_PORT = 5870;

/**
 * The UI's origin, even if the server listens on another port: login and chats are in localStorage, which belongs to
 * the origin, port included.
 */
export const ORIGIN = `http://127.0.0.1:${PREFERRED_PORT}`;

/** Host names of this machine that CACHIBOT_URL may contain. */
const THIS_MACHINE = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The option that makes a running app quit, without a question. The installer for Windows passes it. */
export const QUIT = '--quit';

/**
 * Longest arguments of a launch, in bytes. A second launch passes them to the first, twice, in a message of at most 32 KiB;
 * a longer one crashed the first app, or made Chromium kill it.
 */
const ARGUMENTS_BYTES = 4_000;

/** Facts about the machine. Read once, in main.ts. */
export interface Facts {
  env: Readonly<Record<string, string | undefined>>;
  platform: string;
  packaged: boolean;
  /** The folder that holds `backend/`. */
  resources: string;
  /** Arguments after the program (and, in development, after the app's folder). */
  args: readonly string[];
  /** The user's current folder. */
  cwd: string;
  /** Chromium has no sandbox for root anyway. */
  isRoot: boolean;
}

export interface Config {
  mode: 'app' | 'smoke' | 'doctor' | 'backup' | 'quit' | 'help' | 'version';
  platform: Platform;
  server: ServerCommand | Attached;
  /** The folder used in place of the user's home: set by --data, or a temporary one for --smoke. */
  data: { home: string; profile: string } | 'own' | 'temporary';
  /** Relaunches so far because of a lost port. */
  relaunches: number;
  /** Starts without a window, as at login. */
  hidden: boolean;
  /** Set in the mode `backup`. */
  backup?: BackupRequest;
}

/** The arguments --backup or --restore. Paths are absolute. */
export interface BackupRequest {
  kind: 'backup' | 'restore';
  file: string;
  /** The password is the first line of this file, because other programs can read the arguments. */
  passwordFile?: string;
}

export interface ServerCommand {
  kind: 'command';
  file: string;
  args: readonly string[];
  /** `token`: it proves itself with an HMAC. `child`: stock CachiBot in development, which cannot. */
  identity: 'token' | 'child';
  /** Set for a frozen server, whose files are checked. */
  bundle?: Bundle;
}

/** A server that a developer runs by hand. */
export interface Attached {
  kind: 'attached';
  url: string;
}

/** The arguments are wrong. The message is for the user. */
export class UsageError extends Error {}

/**
 * Returns the configuration. Throws one Error with a message for the user that lists every problem: a UsageError if all of
 * them are in the arguments.
 */
export function readConfig({ env, platform: name, packaged, resources, args, cwd, isRoot }: Facts): Config {
  const problems: string[] = [];
  const platform = platformFor(name);
  const flags = readArguments(args, problems);
  const wrongArguments = problems.length;
  // A packaged app ignores the development variables.
  const attachTo = packaged ? undefined : env['CACHIBOT_URL'];
  const ownServer = packaged ? undefined : env['CACHIBOT_DESKTOP_SERVER'];
  const server = attachTo !== undefined ? attached(attachTo, problems) : serverCommand(ownServer, platform, problems);
  const withoutSandbox = packaged && !isRoot && args.includes('--no-sandbox');
  // Where user namespaces are forbidden, the AppImage's start script silently adds --no-sandbox. The app shows pages that
  // models can influence, so it needs the sandbox unless the user chooses otherwise.
  if (withoutSandbox && env['CACHIBOT_DESKTOP_WITHOUT_SANDBOX'] !== '1') problems.push(startup.noSandbox);
  if (problems.length > 0 && flags.mode !== 'help' && flags.mode !== 'version') {
    const message = startup.cannotStart(problems);
    throw problems.length === wrongArguments ? new UsageError(message) : new Error(message);
  }

  return {
    mode: flags.mode,
    platform,
    server: server ?? frozen(`${resources}/backend`, platform),
    data: flags.data === undefined ? (flags.mode === 'smoke' ? 'temporary' : 'own') : folders(flags.data, cwd),
    relaunches: flags.relaunches,
    hidden: flags.hidden && flags.mode === 'app',
    ...(flags.backup === undefined ? {} : { backup: backupRequest(flags.backup, flags.passwordFile, cwd) }),
  };
}

/** Returns the folders of a run with `--data`. A relative path is relative to `cwd`. */
export function folders(data: string, cwd: string): { home: string; profile: string } {
  const home = absolute(data, cwd);
  return { home, profile: `${home}/profile` };
}

function backupRequest({ kind, file }: BackupRequest, passwordFile: string | undefined, cwd: string): BackupRequest {
  const password = passwordFile === undefined ? {} : { passwordFile: absolute(passwordFile, cwd) };
  return { kind, file: absolute(file, cwd), ...password };
}

function absolute(path: string, cwd: string): string {
  return /^([/\\]|[A-Za-z]:[/\\])/.test(path) ? path : `${cwd}/${path}`;
}

function readArguments(args: readonly string[], problems: string[]) {
  let mode: Config['mode'] = 'app';
  let data: string | undefined;
  let relaunches = 0;
  let hidden = false;
  let backup: BackupRequest | undefined;
  let passwordFile: string | undefined;
  if (new TextEncoder().encode(args.join(' ')).length > ARGUMENTS_BYTES)
    problems.push(startup.argumentsTooLong(ARGUMENTS_BYTES));
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (argument === '--help' || argument === '-h') mode = 'help';
    else if (argument === '--version') mode = 'version';
    else if (argument === '--smoke') mode = 'smoke';
    else if (argument === '--doctor') mode = 'doctor';
    else if (argument === QUIT) mode = 'quit';
    else if (argument === '--hidden') hidden = true;
    else if (argument === '--data' || argument.startsWith('--data=')) {
      data = argument === '--data' ? args[++at] : argument.slice('--data='.length);
      if (data === undefined || data === '' || data.startsWith('--')) problems.push(startup.dataNeedsFolder);
    } else if (/^--(backup|restore|password-file)(=|$)/.test(argument)) {
      const [name, file = args[++at]] = splitOption(argument);
      if (file === undefined || file === '' || file.startsWith('--')) problems.push(startup.needsFile(name));
      else if (name === '--password-file') passwordFile = file;
      else {
        mode = 'backup';
        backup = { kind: name === '--backup' ? 'backup' : 'restore', file };
      }
    } else if (argument.startsWith('--relaunched=')) relaunches = Number(argument.slice('--relaunched='.length)) || 0;
    else if (isUnknownOption(argument)) problems.push(startup.unknownOption(argument.slice(0, 80)));
    // Any other argument is a switch of Chromium, or a link or file that another program passes.
  }
  return { mode, data, relaunches, hidden, backup, passwordFile };
}

/** Splits `--option=value`; an option without `=` has no value. */
function splitOption(argument: string): [name: string, value?: string] {
  const at = argument.indexOf('=');
  return at === -1 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}

function attached(text: string, problems: string[]): Attached | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // No path, user name or query: only the origin is used.
  const isOrigin = url !== undefined && url.href === `${url.origin}/`;
  if (url?.protocol === 'http:' && THIS_MACHINE.has(url.hostname) && isOrigin)
    return { kind: 'attached', url: url.origin };
  problems.push(startup.serverAddress(ORIGIN, text));
  return undefined;
}

function frozen(folder: string, { serverFile: server }: Platform): ServerCommand {
  return { kind: 'command', file: `${folder}/${server}`, args: [], identity: 'token', bundle: { folder, server } };
}

function serverCommand(text: string | undefined, platform: Platform, problems: string[]): ServerCommand | undefined {
  if (text === undefined) return undefined;
  let value: { command?: unknown; identity?: unknown; bundle?: unknown };
  try {
    value = JSON.parse(text);
  } catch {
    // The message shows the expected format, not the syntax error.
    problems.push(startup.serverCommand);
    return undefined;
  }
  const { command, identity, bundle } = value ?? {};
  if (typeof bundle === 'string' && command === undefined) return frozen(bundle, platform);
  const words = Array.isArray(command) && command.every(word => typeof word === 'string') ? command : [];
  const [file, ...args] = words as string[];
  if (file === undefined || (identity !== 'token' && identity !== 'child')) {
    problems.push(startup.serverCommand);
    return undefined;
  }
  return { kind: 'command', file, args, identity };
}
