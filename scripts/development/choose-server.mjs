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
 * Which server this run of the shell is for: one that runs already (`url`), or one to start (`cachibot`, a program).
 * Asks where there is someone to answer; else throws a UserError that says how to ask for it.
 * @param {object} facts
 * @param {string[]} facts.args the app's
 * @param {NodeJS.ProcessEnv} facts.env
 * @param {boolean} facts.locked take the one of the locked environment
 * @param {string} facts.python interpreter of the locked environment
 * @param {(line: string) => void} facts.say
 * @returns {Promise<{ url: string } | { cachibot: string }>}
 */
export async function chooseServer({ args, env, locked, python, say }) {
  const wanted = env['CACHIBOT_URL'];
  if (wanted !== undefined) return { url: attachAddress(wanted) };

  const running = runningServer(homeOf(args));
  if (running !== undefined) {
    const url = `http://127.0.0.1:${running.port}`;
    say(`A CachiBot server (process ${running.pid}) runs on the same data. Stock CachiBot kills it when it starts.`);
    if (await agrees(`Attach to it at ${url}, and leave it running?`)) return { url };
    throw new UserError('Stop that server, or attach to it:', `CACHIBOT_URL=${url} npm run dev`);
  }

  const own = besidePython(python, 'cachibot');
  if (locked) return { cachibot: own };
  const found = onPath(env['PATH'] ?? '');
  if (found !== undefined) return { cachibot: found };
  say('There is no `cachibot` on PATH. Get one with `pip install -e PATH_OF_A_CLONE` or `pipx install cachibot`.');
  if (await agrees('Take the locked one of this clone?')) return { cachibot: own };
  throw new UserError('Or take the locked one of this clone:', 'npm run dev -- --locked');
}

/**
 * Where `~` is for this run, as the shell reads it.
 * @param {string[]} args
 */
function homeOf(args) {
  const at = args.indexOf('--data');
  const data = args[at + 1];
  return at >= 0 && data !== undefined ? resolve(homedir(), data) : homedir();
}

/**
 * The first `cachibot` on PATH, by its full path.
 * @param {string} path
 */
function onPath(path) {
  const names = process.platform === 'win32' ? ['cachibot.exe', 'cachibot.cmd', 'cachibot.bat'] : ['cachibot'];
  return path
    .split(delimiter)
    .flatMap(folder => names.map(name => join(folder, name)))
    .find(existsSync);
}

/**
 * @param {string} question
 * @returns {Promise<boolean>} false where nobody can answer
 */
async function agrees(question) {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y(es)?)?$/i.test((await terminal.question(`${question} [Y/n] `)).trim());
  } finally {
    terminal.close();
  }
}
