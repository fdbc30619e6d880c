/** The environment the server gets. */

import { RUN_ID } from './process-info';

type Environment = Record<string, string | undefined>;

interface Own {
  port: number;
  /** Absent for stock CachiBot, which would only hand it on to its children. */
  token: string | undefined;
  /** The folder `~` stands for, when it is not the caller's. */
  home: string;
  homeVariable: string;
  workspace: string;
  /** The shell's own process id, so that the server can notice its death. */
  shellPid: number;
  /** The app's version: copies of the database are named after it. */
  version: string;
  /** Goes on to everything the server starts. */
  runId: string;
  /** Where the server writes down where it stands when it hangs. */
  hangFile: string;
  /** Which of CachiBot's interfaces for other programs the user has opened. */
  open: { v1: boolean; webhooks: boolean };
}

/** They would move the user's data to another database (see DATABASE_URL in CachiBot's own settings file instead). */
const MOVES_THE_DATA = ['DATABASE_URL', 'CACHIBOT_DATABASE_URL'];

/** They would put foreign packages in the place of the locked ones. */
const MOVES_THE_PACKAGES = ['PYTHONPATH', 'PYTHONHOME'];

/** Set by the AppImage runtime, by Electron or by our own launcher; none of the agent's business. */
const OURS = [
  'CACHIBOT_DESKTOP_OPEN_V1',
  'CACHIBOT_DESKTOP_OPEN_WEBHOOKS',
  'CACHIBOT_DESKTOP_TOKEN',
  'CACHIBOT_DESKTOP_SERVER',
  'CACHIBOT_URL',
  'ELECTRON_RUN_AS_NODE',
  'ELECTRON_NO_ATTACH_CONSOLE',
];

/** Without what would have our server work on other data, or with other packages. */
export function sanitizedEnvironment(caller: Environment): Environment {
  return without(caller, [...MOVES_THE_DATA, ...MOVES_THE_PACKAGES]);
}

/** The caller's environment without what moves the data, with what the contract asks for. */
export function serverEnvironment(caller: Environment, own: Own): Environment {
  const forUs: Environment = {
    [own.homeVariable]: own.home,
    // Lines reach the log as they are written, not when a buffer is full.
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
  };
  // Stock CachiBot is the developer's own, found by these variables perhaps.
  const taken = [...MOVES_THE_DATA, ...OURS, ...(own.token === undefined ? [] : MOVES_THE_PACKAGES)];
  return {
    ...without(caller, taken),
    ...forUs,
    CACHIBOT_DESKTOP: 'true',
    _CACHIBOT_PORT: String(own.port),
    CACHIBOT_WORKSPACE: own.workspace,
    ...(own.token === undefined ? {} : forOurEntry(own.token, own)),
    CACHIBOT_DESKTOP_PARENT: String(own.shellPid),
    [RUN_ID]: own.runId,
    ...(own.open.v1 ? { CACHIBOT_DESKTOP_OPEN_V1: '1' } : {}),
    ...(own.open.webhooks ? { CACHIBOT_DESKTOP_OPEN_WEBHOOKS: '1' } : {}),
    // The agent's children get these back: they are changed for the server only.
    CACHIBOT_DESKTOP_CALLER_ENV: JSON.stringify(
      before(caller, [...MOVES_THE_DATA, ...MOVES_THE_PACKAGES, ...Object.keys(forUs)]),
    ),
  };
}

function forOurEntry(token: string, { version, hangFile }: Own): Environment {
  return {
    CACHIBOT_DESKTOP_TOKEN: token,
    CACHIBOT_DESKTOP_VERSION: version,
    CACHIBOT_DESKTOP_HANG_FILE: hangFile,
  };
}

/** The caller's values of these variables; null where a variable was not set. */
function before(caller: Environment, names: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(names.map(name => [name, caller[name] ?? null]));
}

/** In whatever case they are written: Windows makes no difference. */
function without(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name.toUpperCase())));
}
