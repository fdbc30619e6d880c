/** Turns what the machine says about itself into the settings one run uses. */

import type { Bundle } from '../../server/core/bundle-manifest';
import { type Platform, platformFor } from '../../system/core/platform';
import { startup } from '../../words/startup';

export const PREFERRED_PORT = 5870;

/**
 * The origin the UI always has, whatever port the server really listens on: login and chats live in
 * localStorage, which belongs to the origin, port included.
 */
export const ORIGIN = `http://127.0.0.1:${PREFERRED_PORT}`;

/** The names of this machine by which a server may be attached to. */
const THIS_MACHINE = new Set(['127.0.0.1', 'localhost', '[::1]']);

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
  mode: 'app' | 'smoke' | 'doctor';
  platform: Platform;
  server: ServerCommand | Attached;
  /** The folder used in place of the user's home: set by --data, or a temporary one for --smoke. */
  data: { home: string; profile: string } | 'own' | 'temporary';
  /** Relaunches so far because of a lost port. */
  relaunches: number;
}

export interface ServerCommand {
  kind: 'command';
  file: string;
  args: readonly string[];
  /** `token`: it proves itself with an HMAC. `child`: stock CachiBot in development, which cannot. */
  identity: 'token' | 'child';
  /** Of a frozen server: its manifest says what must be there. */
  bundle?: Bundle;
}

/** A server a developer runs by hand. */
export interface Attached {
  kind: 'attached';
  url: string;
}

/** Throws one Error that lists every problem. */
export function readConfig({ env, platform: name, packaged, resources, args, cwd, isRoot }: Facts): Config {
  const problems: string[] = [];
  const platform = platformFor(name);
  const flags = readArguments(args, problems);
  // None of the development variables exists in a packaged app.
  const attachTo = packaged ? undefined : env['CACHIBOT_URL'];
  const ownServer = packaged ? undefined : env['CACHIBOT_DESKTOP_SERVER'];
  const server = attachTo !== undefined ? attached(attachTo, problems) : serverCommand(ownServer, platform, problems);
  const bare = packaged && !isRoot && args.includes('--no-sandbox');
  // Where user namespaces are forbidden, the AppImage's launcher adds --no-sandbox without a word. Models decide a part of
  // the pages, so those are not shown without a sandbox unless the user has asked for that.
  if (bare && env['CACHIBOT_DESKTOP_WITHOUT_SANDBOX'] !== '1') problems.push(startup.noSandbox);
  if (problems.length > 0) throw new Error(startup.cannotStart(problems));

  return {
    mode: flags.mode,
    platform,
    server: server ?? frozen(`${resources}/backend`, platform),
    data: flags.data === undefined ? (flags.mode === 'smoke' ? 'temporary' : 'own') : folders(flags.data, cwd),
    relaunches: flags.relaunches,
  };
}

/** Where everything of a run with its own data lies. */
export function folders(data: string, cwd: string): { home: string; profile: string } {
  const absolute = /^([/\\]|[A-Za-z]:[/\\])/.test(data) ? data : `${cwd}/${data}`;
  return { home: absolute, profile: `${absolute}/profile` };
}

function readArguments(args: readonly string[], problems: string[]) {
  let mode: Config['mode'] = 'app';
  let data: string | undefined;
  let relaunches = 0;
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (argument === '--smoke') mode = 'smoke';
    else if (argument === '--doctor') mode = 'doctor';
    else if (argument === '--data' || argument.startsWith('--data=')) {
      data = argument === '--data' ? args[++at] : argument.slice('--data='.length);
      if (data === undefined || data === '' || data.startsWith('--')) problems.push(startup.dataNeedsFolder);
    } else if (argument.startsWith('--relaunched=')) relaunches = Number(argument.slice('--relaunched='.length)) || 0;
    // Anything else is a switch of Chromium's, or a link or file another program handed over.
  }
  return { mode, data, relaunches };
}

function attached(text: string, problems: string[]): Attached | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Nothing but the origin, which is all that is kept of it.
  const plain = url !== undefined && url.href === `${url.origin}/`;
  if (url?.protocol === 'http:' && THIS_MACHINE.has(url.hostname) && plain)
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
    // The message says what it should be, not what is wrong with it.
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
