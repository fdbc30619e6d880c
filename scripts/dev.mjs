// @ts-check
// `npm run dev`: the shell on stock CachiBot, rebuilt and restarted on each change of its source.
//   npm run dev                                       `cachibot` found on PATH
//   npm run dev -- --locked                           the one of this clone's environment
//   CACHIBOT_URL=http://127.0.0.1:5870 npm run dev    a server that runs already, and is left running
import './setup/node-version.mjs';
import { watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseServer } from './development/choose-server.mjs';
import { runElectron, switchesForMachine } from './run-electron.mjs';
import { shellBuild } from './setup/build.mjs';
import { setUp } from './setup/setup.mjs';
import { make } from './setup/step.mjs';
import { UserError } from './setup/user-error.mjs';

/** Editors write a file in several steps. */
const QUIET_MS = 200;

const root = resolve(fileURLToPath(import.meta.url), '../..');
const say = console.error;

try {
  process.exitCode = await develop();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function develop() {
  const locked = process.argv.includes('--locked');
  const args = process.argv.slice(2).filter(argument => argument !== '--locked');
  const switches = ['--inspect', ...switchesForMachine({ args, env: process.env, say })];
  const { electron, python } = await setUp(root, { say });
  const server = await chooseServer({ args, env: process.env, locked, python, say });
  const env = { ...process.env, ...variablesFor(server) };

  let change = new AbortController();
  const stopWatching = rebuildOnChange(() => change.abort());
  try {
    for (;;) {
      const code = await runElectron({ electron, root, switches, args, env, signal: change.signal });
      if (!change.signal.aborted) return code;
      change = new AbortController();
      say('The shell changed: starting it again.');
    }
  } finally {
    stopWatching();
  }
}

/**
 * What tells the shell about its server.
 * @param {{ url: string } | { cachibot: string }} server
 * @returns {Record<string, string>}
 */
function variablesFor(server) {
  if ('url' in server) {
    say(`Attached to ${server.url}, which is left running.`);
    return { CACHIBOT_URL: server.url };
  }
  say(`Stock CachiBot, ${server.cachibot}: CachiBot Desktop's patches do not apply here.`);
  const command = [
    process.execPath,
    join(root, 'scripts', 'development', 'dev-server-wrapper.mjs'),
    server.cachibot,
    'server',
  ];
  return { CACHIBOT_DESKTOP_SERVER: JSON.stringify({ command, identity: 'child' }) };
}

/**
 * Builds the shell whenever its source has changed.
 * @param {() => void} whenBuilt
 * @returns {() => void} ends it
 */
function rebuildOnChange(whenBuilt) {
  const logFile = join(root, '.setup', 'setup.log');
  const work = { root, title: 'Build of the shell', logFile, say, showsOutput: true };
  let last = Promise.resolve();
  /** @type {NodeJS.Timeout | undefined} */
  let quiet;
  const watcher = watch(join(root, 'desktop'), { recursive: true }, (_event, name) => {
    if (name === null || !/\.(ts|json|html|css)$/.test(name)) return;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      last = last.then(build);
    }, QUIET_MS);
  });
  async function build() {
    try {
      await make(work, shellBuild(root));
      whenBuilt();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say('It does not compile; the shell that runs is left as it is.');
    }
  }
  return () => {
    clearTimeout(quiet);
    watcher.close();
  };
}
