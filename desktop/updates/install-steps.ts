import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { app, dialog } from 'electron';
import { askActivity } from '../server/activity';
import { sanitizedEnvironment } from '../server/core/environment';
import { isAtRest } from '../server/core/state';
import { choosePort } from '../server/port';
import { words } from '../words/en';
import type { Backup } from './core/record';
import { backUpDatabase } from './database-backup';
import type { UpdateHost } from './host';
import type { Steps } from './install';
import type { Installation } from './targets/target';
import type { Trial } from './trial';

interface Options {
  host: Pick<UpdateHost, 'launch' | 'flushPage'>;
  trial: Trial;
  /** The new version. */
  version: string;
  installation: Installation;
  /** It is part of the quit: no question is asked, and the server does not start again. */
  atQuit: boolean;
  isQuitting(): boolean;
  /** From here on nothing may interrupt the installation. */
  acquireLock(): void;
}

const PORT_TRIES = 20;
const PORT_PAUSE_MS = 250;

/** The steps of an installation, with the real server, data and dialogs. */
export function installSteps(options: Options): Steps {
  const { host, trial, version, installation, atQuit, isQuitting, acquireLock } = options;
  const { backend, port, log } = host.launch;
  return {
    version,
    async activity() {
      const { token } = backend;
      // A user who quits has already agreed that the work ends.
      if (atQuit || token === undefined || isAtRest(backend.state)) return 'none';
      return askActivity(port, token);
    },
    async confirm(question) {
      const buttons = [words.updates.restartNow, words.updates.later];
      const answer = await dialog.showMessageBox({ ...question, buttons, cancelId: 1 });
      return answer.response === 0;
    },
    prepare: () => installation.prepare(),
    flushPage: () => host.flushPage(),
    backUp: () => backUp(host.launch),
    // The database holds the same. One copy too many does no harm.
    dropBackup: ({ copy }) => rm(copy, { force: true }).catch(() => {}),
    stop() {
      acquireLock();
      return backend.stop();
    },
    portIsFree: () => portIsFree(port),
    remember: backup => trial.remember({ to: version, previous: installation.previous, backup }),
    forget: () => trial.forget(),
    apply: () => installation.apply(),
    // If the user quit during the update, the server stays stopped.
    startAgain: () => void (!atQuit && !isQuitting() && backend.start()),
    log: log.line,
  };
}

/** Copies the database. Returns undefined where the server has no database of ours. */
async function backUp({ config, folders, backend, log }: UpdateHost['launch']): Promise<Backup | undefined> {
  const { server, platform } = config;
  if (server.kind !== 'command' || server.identity !== 'token') return undefined;
  const { state } = backend;
  const workspace = join(folders.home, 'CachiBot');
  const { says, backup } = await backUpDatabase({
    file: server.file,
    args: server.args,
    env: {
      ...sanitizedEnvironment(process.env),
      [platform.homeVariable]: folders.home,
      CACHIBOT_WORKSPACE: workspace,
      PYTHONUTF8: '1',
    },
    workspace,
    data: join(folders.home, '.cachibot'),
    versions: { cachibot: state.phase === 'ready' ? state.version : undefined, app: app.getVersion() },
    now: new Date(),
  });
  log.line(`update: ${says}`);
  return backup;
}

/** Another program may take the port when the server is gone; the system may free it late. */
async function portIsFree(port: number): Promise<boolean> {
  for (let tries = PORT_TRIES; tries > 0; tries--) {
    if ((await choosePort(port)) === port) return true;
    await new Promise(resolve => setTimeout(resolve, PORT_PAUSE_MS));
  }
  return false;
}
