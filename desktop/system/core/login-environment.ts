/**
 * The environment of the user's login shell, of which an app that is started from the macOS Dock or from a Linux menu
 * has nothing: which shell to start, with which command, and what it printed. `login-shell.ts` runs it.
 */

type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_NAMES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap(name => [name, name.toUpperCase()]);

/** The variables that are read. All others stay in the shell: users export keys and passwords there. */
export const LOGIN_VARIABLES = ['PATH', 'SSH_AUTH_SOCK', 'LANG', ...PROXY_NAMES] as const;

/** Set for the login shell, so that its files can leave out what needs a terminal. */
const MARK = 'CACHIBOT_DESKTOP_LOGIN_SHELL';

/** Shells that only refuse the user, as for accounts of services. */
const NO_SHELL = /\/(nologin|false|true|sync)$/;

/** The variables of the login shell: non-empty values by name. */
export type LoginEnvironment = Readonly<Record<string, string>>;

/** Returns whether a terminal started the app, which then has the login shell's environment. Terminals set TERM. */
export function isFromTerminal(caller: Environment): boolean {
  return Boolean(caller['TERM']);
}

/** Returns the path of the login shell; undefined if the user has none. `ofAccount`: the shell in the list of users. */
export function loginShellOf(caller: Environment, ofAccount: string | null | undefined): string | undefined {
  const shell = caller['SHELL'] || ofAccount || '';
  return shell.startsWith('/') && !NO_SHELL.test(shell) ? shell : undefined;
}

interface ShellCommand {
  args: string[];
  /** csh starts as a login shell only by this name. */
  argv0?: string;
}

/**
 * Returns how to start a shell that prints the variables between two markers. An interactive shell also reads the file in
 * which most users change PATH, such as `.zshrc`.
 */
export function shellCommand(shell: string, marker: string, interactive: boolean): ShellCommand {
  const values = LOGIN_VARIABLES.map(name => `"${name}=$${name}"`).join(' ');
  // Every shell starts another program by its path and a text in single quotes, whatever its own language is.
  const print = `/bin/sh -c 'printf "%s\\000" "" ${marker} ${values} ${marker}'`;
  const name = shell.slice(shell.lastIndexOf('/') + 1);
  const flags = interactive ? ['-i'] : [];
  if (/^t?csh$/.test(name)) return { args: [...flags, '-c', print], argv0: `-${name}` };
  // As a login shell, bash does not read the file that it reads in most terminals of Linux.
  const readFile = name === 'bash' && interactive ? '[ -f ~/.bashrc ] && . ~/.bashrc\n' : '';
  return { args: [...flags, '-l', '-c', readFile + print] };
}

/** Returns the shell's environment. `without`: variables of the app that no other program gets. */
export function shellEnvironment(caller: Environment, without: readonly string[]): Record<string, string | undefined> {
  const own = new Set(without);
  return {
    ...Object.fromEntries(Object.entries(caller).filter(([name]) => !own.has(name))),
    [MARK]: '1',
    // Oh My Zsh would ask whether it may update itself, or start tmux.
    DISABLE_AUTO_UPDATE: 'true',
    ZSH_TMUX_AUTOSTART: 'false',
  };
}

/** Returns the variables between the two markers; undefined as long as the second is missing. */
export function readOutput(output: string, marker: string): LoginEnvironment | undefined {
  const [, between, after] = output.split(`\0${marker}\0`);
  if (between === undefined || after === undefined) return undefined;
  const values = between.split('\0').map(text => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return Object.fromEntries(values.filter(([name, value]) => value !== '' && isRead(name)));
}

function isRead(name: string): boolean {
  return (LOGIN_VARIABLES as readonly string[]).includes(name);
}

/**
 * Returns the variables to report to the server. PATH keeps the caller's folders, after the shell's. The desktop's SSH
 * agent, if it has one, is kept: files of a shell may start another agent, without a key, in each shell.
 */
export function reportedEnvironment(read: LoginEnvironment, caller: Environment): LoginEnvironment {
  const folders = [read['PATH'], caller['PATH']]
    .flatMap(path => path?.split(':') ?? [])
    .filter(folder => folder !== '');
  const { PATH, SSH_AUTH_SOCK, ...others } = read;
  return {
    ...others,
    ...(PATH && folders.length > 0 ? { PATH: [...new Set(folders)].join(':') } : {}),
    ...(SSH_AUTH_SOCK && !caller['SSH_AUTH_SOCK'] ? { SSH_AUTH_SOCK } : {}),
  };
}
