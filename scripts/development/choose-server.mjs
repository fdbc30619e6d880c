// @ts-check
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { besidePython } from '../setup/python.mjs';
import { UserError } from '../setup/user-error.mjs';
import { attachAddress } from './attach-address.mjs';
import { runningServer } from './running-server.mjs';

/**
 * Chooses the server for this run of the shell: a running server (`url`) or a program to start (`cachibot`). Asks the
 * user on a terminal; elsewhere throws a UserError with the command that makes the choice.
 * @param {object} facts
 * @param {string[]} facts.args arguments of the app
 * @param {NodeJS.ProcessEnv} facts.env
 * @param {boolean} facts.locked use the version of the locked environment
 * @param {string} facts.python interpreter of the locked environment
 * @param {(line: string) => void} facts.say
 * @returns {Promise<{ url: string } | { cachibot: string }>}
 */
export async function chooseServer({ args, env, locked, python, say }) {
  const address = env['CACHIBOT_URL'];
  if (address !== undefined) return { url: attachAddress(address) };

  const running = runningServer(homeOf(args));
  if (running !== undefined) {
    const url = `http://127.0.0.1:${running.port}`;
    say(`A CachiBot server (process ${running.pid}) is using the same data. Stock CachiBot kills it when it starts.`);
    if (await confirm(`Attach to it at ${url}? It will not be stopped.`)) return { url };
    throw new UserError('Stop that server, or attach to it:', `CACHIBOT_URL=${url} npm run dev`);
  }

  const lockedProgram = besidePython(python, 'cachibot');
  if (locked) return { cachibot: lockedProgram };
  const found = findOnPath(env['PATH'] ?? '');
  if (found !== undefined) return { cachibot: found };
  say('There is no `cachibot` on PATH. Install it with `pip install -e PATH_OF_A_CLONE` or `pipx install cachibot`.');
  if (await confirm('Use the locked version of this clone?')) return { cachibot: lockedProgram };
  throw new UserError('Or use the locked version of this clone:', 'npm run dev -- --locked');
}

/**
 * Returns the home folder of this run, as the shell determines it.
 * @param {string[]} args
 */
function homeOf(args) {
  const at = args.indexOf('--data');
  const data = args[at + 1];
  return at >= 0 && data !== undefined ? resolve(homedir(), data) : homedir();
}

/**
 * Returns the full path of the first `cachibot` on PATH.
 * @param {string} path
 */
function findOnPath(path) {
  const names = process.platform === 'win32' ? ['cachibot.exe', 'cachibot.cmd', 'cachibot.bat'] : ['cachibot'];
  return path
    .split(delimiter)
    .flatMap(folder => names.map(name => join(folder, name)))
    .find(existsSync);
}

/**
 * Asks a yes/no question on the terminal.
 * @param {string} question
 * @returns {Promise<boolean>} false if stdin is not a terminal
 */
async function confirm(question) {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y(es)?)?$/i.test((await terminal.question(`${question} [Y/n] `)).trim());
  } finally {
    terminal.close();
  }
}
