/** The login shell's variables, read from the real shells of this machine with files that users have. */
// @module-tag posix: Windows has no login shell

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLoginShell } from '../../../desktop/system/login-shell';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

const PATH = '/usr/bin:/bin';

interface Given {
  /** Content of files in the home, by name. */
  files?: Record<string, string>;
  env?: NodeJS.ProcessEnv;
  limitMs?: number;
}

async function read(shell: string, { files = {}, env = {}, limitMs = 20_000 }: Given = {}) {
  const home = createTemporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(home, name, '..'), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  const lines: string[] = [];
  const caller = { PATH, HOME: home, SHELL: shell, CACHIBOT_DESKTOP_SERVER: 'private', ...env };
  const without = ['CACHIBOT_DESKTOP_SERVER'];
  const variables = await readLoginShell({ caller, without, home, limitMs, log: line => lines.push(line) });
  return { home, variables, log: lines.join('\n') };
}

/** The file that users of a shell change, and a line that sets a variable. */
const SHELLS: [shell: string, file: string, set: (name: string, value: string) => string][] = [
  ['/bin/bash', '.bash_profile', (name, value) => `export ${name}="${value}"`],
  ['/bin/zsh', '.zshrc', (name, value) => `export ${name}="${value}"`],
  ['/bin/dash', '.profile', (name, value) => `export ${name}="${value}"`],
  ['/usr/bin/fish', '.config/fish/config.fish', (name, value) => `set -gx ${name} "${value}"`],
  ['/bin/tcsh', '.login', (name, value) => `setenv ${name} "${value}"`],
  ['/bin/ksh', '.profile', (name, value) => `export ${name}="${value}"`],
];

describe.each(SHELLS.filter(([shell]) => existsSync(shell)))('%s', (shell, file, set) => {
  it('gives PATH, the agent’s socket, the language and proxies, and nothing else', async () => {
    const { variables, log } = await read(shell, {
      files: {
        [file]: [
          set('PATH', '/opt/brew/bin:/usr/bin:/bin'),
          set('SSH_AUTH_SOCK', '/run/agent with space'),
          set('LANG', 'es_ES.UTF-8'),
          set('HTTPS_PROXY', 'http://ada:secret@proxy.example:8080'),
          set('OPENAI_API_KEY', 'sk-secret'),
          '',
        ].join('\n'),
      },
    });
    expect(variables).toMatchObject({
      SSH_AUTH_SOCK: '/run/agent with space',
      LANG: 'es_ES.UTF-8',
      HTTPS_PROXY: 'http://ada:secret@proxy.example:8080',
    });
    expect(variables['PATH']).toContain('/opt/brew/bin');
    expect(Object.keys(variables).sort()).toEqual(['HTTPS_PROXY', 'LANG', 'PATH', 'SSH_AUTH_SOCK']);
    expect(log).toContain(`read from the login shell ${shell}`);
    expect(log).not.toContain('secret');
  });

  it('is told that it is CachiBot’s, and gets no variable of the app', async () => {
    const value = '$CACHIBOT_DESKTOP_LOGIN_SHELL';
    const { variables } = await read(shell, { files: { [file]: `${set('SSH_AUTH_SOCK', value)}\n` } });
    expect(variables['SSH_AUTH_SOCK']).toBe('1');
    const privateValue = '$CACHIBOT_DESKTOP_SERVER';
    const other = await read(shell, { files: { [file]: `${set('SSH_AUTH_SOCK', privateValue)}\n` } });
    expect(other.variables['SSH_AUTH_SOCK']).toBeUndefined();
  });
});

const BASH = '/bin/bash';
const FOUND = `/opt/brew/bin:${PATH}`;
const EXPORT = `export PATH="${FOUND}"\n`;

/** Whether a process exists, and is more than an entry in the table of processes. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

/** Returns the PID that a shell has written into its home, when it is there. */
async function writtenPid(home: string): Promise<number> {
  const text = () => (existsSync(join(home, 'pid')) ? readFileSync(join(home, 'pid'), 'utf8') : '');
  await expect.poll(text, { timeout: 5_000 }).toMatch(/^\d+\n$/);
  return Number(text());
}

/** Long enough for a busy machine to start a shell, which then hangs. */
const HANG_MS = 3_000;

describe('the files of a shell', () => {
  it('may print anything, also what looks like variables', async () => {
    const noise =
      'echo "PATH=/wrong"; printf "\\000cachibot-00\\000PATH=/wrong\\000"; cat /bin/true; tput cols; stty -a\n';
    const { variables } = await read(BASH, { files: { '.bash_profile': noise + EXPORT } });
    expect(variables['PATH']).toBe(FOUND);
  });

  it('may start programs that keep running, and that hold the shell’s output', async () => {
    const start = 'sleep 60 & echo $! > ~/pid\n';
    const { home, variables } = await read(BASH, { files: { '.bash_profile': start + EXPORT } });
    expect(variables['PATH']).toBe(FOUND);
    const pid = await writtenPid(home);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid);
  });

  it('may wait for an answer of the user, who is not there', async () => {
    const question = 'read -p "Start the agent? " answer; read -s answer < /dev/tty\n';
    const { variables } = await read(BASH, { files: { '.bash_profile': question + EXPORT } });
    expect(variables['PATH']).toBe(FOUND);
  });

  it.each(['exit 1', 'exec /bin/sh', 'exec cat', 'kill -9 $$'])(
    'may end an interactive shell with “%s”: a shell that is not interactive is read',
    async end => {
      const { variables, log } = await read(BASH, {
        files: { '.bash_profile': `${EXPORT}case $- in *i*) . ~/.bashrc;; esac\n`, '.bashrc': `${end}\n` },
      });
      expect(variables['PATH']).toBe(FOUND);
      expect(log).toContain('before it printed its variables. CachiBot starts it again, not interactive.');
    },
  );

  it('are those of a terminal: bash reads .bashrc, also if .bash_profile does not', async () => {
    const files = { '.bash_profile': 'export LANG=es\n', '.bashrc': `export PATH="/opt/nvm/bin:$PATH"\n` };
    const { variables } = await read(BASH, { files });
    expect(variables).toEqual({ LANG: 'es', PATH: expect.stringMatching(/^\/opt\/nvm\/bin:/) });
  });

  it('may end every shell: the log says so', async () => {
    const { variables, log } = await read(BASH, { files: { '.bash_profile': 'exit 7\n' } });
    expect(variables).toEqual({});
    expect(log).toContain(
      'the login shell /bin/bash ended with code 7 before it printed its variables, so agents get the environment of ' +
        'the desktop only',
    );
  });

  it('may hang: the shell and what it waits for are killed after the limit', async () => {
    const { home, variables, log } = await read(BASH, {
      files: { '.bash_profile': "sh -c 'echo $$ > ~/pid; exec sleep 60'\n" },
      limitMs: HANG_MS,
    });
    expect(variables).toEqual({});
    expect(log).toMatch(/the login shell \/bin\/bash did not end within \d+ ms/);
    const pid = await writtenPid(home);
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });

  it('may hang after the variables are read', async () => {
    const { home, variables } = await read(BASH, {
      files: { '.bash_profile': `${EXPORT}trap 'echo $$ > ~/pid; sleep 60' EXIT\n` },
      limitMs: HANG_MS,
    });
    expect(variables['PATH']).toBe(FOUND);
    const pid = await writtenPid(home);
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });

  it('may print without end', async () => {
    const { variables, log } = await read(BASH, { files: { '.bash_profile': 'yes\n' } });
    expect(variables).toEqual({});
    expect(log).toContain('prints without end');
  });
});

describe('a shell', () => {
  it('that knows none of the options is reported', async () => {
    const home = createTemporaryFolder();
    const shell = join(home, 'strange');
    writeFileSync(shell, '#!/bin/sh\necho "error: unexpected argument -l found"; exit 2\n');
    chmodSync(shell, 0o755);
    const { variables, log } = await read(shell);
    expect(variables).toEqual({});
    expect(log).toContain(`the login shell ${shell} ended with code 2`);
  });

  it('that is missing is reported', async () => {
    const { variables, log } = await read('/opt/gone/zsh');
    expect(variables).toEqual({});
    expect(log).toContain('the login shell /opt/gone/zsh could not be started');
  });

  it.each(['/usr/sbin/nologin', 'bash'])('such as %s is not started', async shell => {
    const { log } = await read(shell);
    expect(log).toBe('the user has no login shell, so agents get the environment of the desktop only');
  });
});
