// @ts-check
// `npm run dev`: runs the shell with stock CachiBot; rebuilds and restarts it when its source changes.
//   npm run dev                                       starts `cachibot` from PATH
//   npm run dev -- --locked                           starts the locked version of this clone
//   CACHIBOT_URL=http://127.0.0.1:5870 npm run dev    attaches to a running server and does not stop it
import './setup/node-version.mjs';
import { watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseServer } from './development/choose-server.mjs';
import { runElectron, switchesForMachine } from './run-electron.mjs';
import { shellBuild } from './setup/build.mjs';
import { setUp } from './setup/setup.mjs';
import { runStep } from './setup/step.mjs';
import { UserError } from './setup/user-error.mjs';

/** Delay of a rebuild after the last change, because editors write a file in several steps. */
const DEBOUNCE_MS = 200;

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
      say('The shell has changed: restarting it.');
    }
  } finally {
    stopWatching();
  }
}

/**
 * Returns the environment variables that tell the shell which server to use.
 * @param {{ url: string } | { cachibot: string }} server
 * @returns {Record<string, string>}
 */
function variablesFor(server) {
  if ('url' in server) {
    say(`Attaching to ${server.url}. That server will not be stopped.`);
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
 * Watches desktop/ and rebuilds the shell when a source changes.
 * @param {() => void} onBuilt
 * @returns {() => void} stops watching
 */
function rebuildOnChange(onBuilt) {
  const logFile = join(root, '.setup', 'setup.log');
  const work = { root, title: 'Build of the shell', logFile, say, showsOutput: true };
  let last = Promise.resolve();
  /** @type {NodeJS.Timeout | undefined} */
  let debounce;
  const watcher = watch(join(root, 'desktop'), { recursive: true }, (_event, name) => {
    if (name === null || !/\.(ts|json|html|css)$/.test(name)) return;
    clearTimeout(debounce);
    debounce = setTimeout(() => {
      last = last.then(build);
    }, DEBOUNCE_MS);
  });
  async function build() {
    try {
      await runStep(work, shellBuild(root));
      onBuilt();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say('The shell does not compile; the running shell is not restarted.');
    }
  }
  return () => {
    clearTimeout(debounce);
    watcher.close();
  };
}
