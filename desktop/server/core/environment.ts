/** The server's environment variables. */

import { RUN_ID } from './process-info';

type Environment = Record<string, string | undefined>;

interface ServerFacts {
  port: number;
  /** `token`: our own entry; `child`: stock CachiBot, which would only pass our variables on to its children. */
  identity: 'token' | 'child';
  /** The server's home folder (`~`). */
  home: string;
  homeVariable: string;
  workspace: string;
  /** PID of the shell, so that the server can detect its exit. */
  shellPid: number;
  /** The app's version, for the file names of database backups. */
  version: string;
  /** Inherited by all descendants of the server. */
  runId: string;
  /** File to which the watchdog writes the stacks of a server that hangs. */
  hangFile: string;
  /** The app's own folder: the server copies the page's storage in it before another version opens the data. */
  profile: string;
  /** The proxy of the settings: `system`, `direct` or an address. */
  proxy: string;
  /** CachiBot's interfaces for other programs: true if the user has opened them. */
  open: { v1: boolean; webhooks: boolean };
}

/** Would select another database. Users who want that can set DATABASE_URL in CachiBot's own settings file. */
const DATABASE_VARIABLES = ['DATABASE_URL', 'CACHIBOT_DATABASE_URL'];

/** Would replace the locked packages by others. */
const PACKAGE_VARIABLES = ['PYTHONPATH', 'PYTHONHOME'];

/**
 * Variables of the shell, of a developer and of Electron. The agent must not inherit them. The entry does not start with
 * CACHIBOT_DESKTOP_TOKEN, which an earlier version of the shell set.
 */
export const SHELL_VARIABLES = [
  'CACHIBOT_DESKTOP_OPEN_V1',
  'CACHIBOT_DESKTOP_OPEN_WEBHOOKS',
  'CACHIBOT_DESKTOP_TOKEN',
  'CACHIBOT_DESKTOP_SERVER',
  'CACHIBOT_URL',
  'ELECTRON_RUN_AS_NODE',
  'ELECTRON_NO_ATTACH_CONSOLE',
];

/** Returns the caller's environment without the variables that select another database or other packages. */
export function sanitizedEnvironment(caller: Environment): Environment {
  return without(caller, [...DATABASE_VARIABLES, ...PACKAGE_VARIABLES]);
}

/** Returns the environment of a command of the server that uses the same data as the running server. */
export function commandEnvironment(
  caller: Environment,
  { home, homeVariable, workspace }: Pick<ServerFacts, 'home' | 'homeVariable' | 'workspace'>,
): Environment {
  return { ...sanitizedEnvironment(caller), [homeVariable]: home, PYTHONUTF8: '1', CACHIBOT_WORKSPACE: workspace };
}

/** Returns the server's environment: the caller's, sanitized, and the variables of docs/contract.md. */
export function serverEnvironment(caller: Environment, facts: ServerFacts): Environment {
  const proxies = proxyVariables(facts.proxy);
  const replaced: Environment = {
    ...proxies,
    [facts.homeVariable]: facts.home,
    // Writes each line to the log at once, not when a buffer is full.
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
  };
  // Stock CachiBot is the developer's own, and may need the package variables.
  const removed = [
    ...DATABASE_VARIABLES,
    ...SHELL_VARIABLES,
    ...Object.keys(proxies).map(name => name.toUpperCase()),
    ...(facts.identity === 'token' ? PACKAGE_VARIABLES : []),
  ];
  return {
    ...without(caller, removed),
    ...replaced,
    CACHIBOT_DESKTOP: 'true',
    _CACHIBOT_PORT: String(facts.port),
    CACHIBOT_WORKSPACE: facts.workspace,
    ...(facts.identity === 'token' ? entryVariables(facts) : {}),
    CACHIBOT_DESKTOP_PARENT: String(facts.shellPid),
    [RUN_ID]: facts.runId,
    ...(facts.open.v1 ? { CACHIBOT_DESKTOP_OPEN_V1: '1' } : {}),
    ...(facts.open.webhooks ? { CACHIBOT_DESKTOP_OPEN_WEBHOOKS: '1' } : {}),
    // The server restores these for the agent's children: the changes are for the server only.
    CACHIBOT_DESKTOP_CALLER_ENV: JSON.stringify(
      callerValues(caller, [...DATABASE_VARIABLES, ...PACKAGE_VARIABLES, ...Object.keys(replaced)]),
    ),
  };
}

/** Returns the variables of proxies for the setting; none for the system's, with which the caller's count. */
function proxyVariables(proxy: string): Environment {
  if (proxy === 'system') return {};
  // The names are looked up by the proxy, as Chromium does it.
  const address = proxy === 'direct' ? undefined : proxy.replace(/^socks5:/i, 'socks5h:');
  const values = { http_proxy: address, https_proxy: address, all_proxy: address, no_proxy: address ? undefined : '*' };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => [
      [name, value],
      [name.toUpperCase(), value],
    ]),
  );
}

/** The variables that only our own entry reads. */
function entryVariables({ version, hangFile, profile }: ServerFacts): Environment {
  return {
    CACHIBOT_DESKTOP_VERSION: version,
    CACHIBOT_DESKTOP_HANG_FILE: hangFile,
    CACHIBOT_DESKTOP_PROFILE: profile,
  };
}

/** Returns the caller's values of these variables; null for a variable that is not set. */
function callerValues(caller: Environment, names: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(names.map(name => [name, caller[name] ?? null]));
}

/** Removes these variables, whatever their case: Windows ignores it. */
function without(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name.toUpperCase())));
}
