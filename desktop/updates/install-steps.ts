import { join } from 'node:path';
import { app } from 'electron';
import { requestActivity } from '../server/activity';
import { commandEnvironment } from '../server/core/environment';
import { isStopped } from '../server/core/state';
import { choosePort } from '../server/port';
import { ownWorkspace } from '../system/own-workspace';
import { showMessage } from '../window/dialogs';
import { words } from '../words/en';
import type { Backup } from './core/record';
import { backUpDatabase, deleteBackup } from './database-backup';
import type { UpdateHost } from './host';
import type { InstallSteps } from './install';
import type { Installation } from './targets/target';
import type { Trial } from './trial';

interface Options {
  host: Pick<UpdateHost, 'launch' | 'flushPage'>;
  trial: Trial;
  /** The new version. */
  version: string;
  installation: Installation;
  /** The app quits: the user is asked no question, and the server is not restarted. */
  atQuit: boolean;
  /** Aborted when the user quits. */
  quits: AbortSignal;
  acquireLock: InstallSteps['acquireLock'];
}

const PORT_TRIES = 20;
const PORT_PAUSE_MS = 250;

/** Creates the steps of an installation, with the real server, data and dialogs. */
export function installSteps(options: Options): InstallSteps {
  const { host, trial, version, installation, atQuit, quits, acquireLock } = options;
  const { backend, port, log } = host.launch;
  return {
    version,
    manualStep: installation.manualStep,
    async activity() {
      const { token } = backend;
      // A user who quits has already agreed that running work stops.
      if (atQuit || quits.aborted || token === undefined || isStopped(backend.state)) return 'none';
      return requestActivity(port, token);
    },
    async confirm(question) {
      const buttons = [words.updates.restartNow, words.updates.later];
      const answer = await showMessage({ ...question, buttons, defaultId: 1, cancelId: 1, signal: quits });
      return answer.response === 0;
    },
    acquireLock,
    prepare: () => installation.prepare(),
    flushPage: () => host.flushPage(),
    backUp: () => backUp(host.launch),
    // The backup is a copy of the database, which is unchanged, so a backup that stays does no harm.
    deleteBackup: ({ copy }) => deleteBackup(copy).catch(() => {}),
    stop: () => backend.stop(),
    portIsFree: () => portIsFree(port),
    recordUpgrade: backup => trial.recordUpgrade({ to: version, previous: installation.previous, backup }),
    discardUpgrade: () => trial.discardUpgrade(),
    apply: () => installation.apply(),
    // If the user quit during the update, the server stays stopped.
    restartServer: () => void (!atQuit && !quits.aborted && backend.start()),
    log: log.line,
  };
}

/** Backs up the database. Returns undefined for stock CachiBot and an attached server, whose data is not ours. */
async function backUp({ config, folders, backend, log }: UpdateHost['launch']): Promise<Backup | undefined> {
  const { server, platform } = config;
  if (server.kind !== 'command' || server.identity !== 'token') return undefined;
  const { state } = backend;
  const workspace = ownWorkspace(folders.home);
  const { output, backup } = await backUpDatabase({
    file: server.file,
    args: server.args,
    env: commandEnvironment(process.env, { home: folders.home, homeVariable: platform.homeVariable, workspace }),
    workspace,
    data: join(folders.home, '.cachibot'),
    profile: folders.profile,
    versions: { cachibot: state.phase === 'ready' ? state.version : undefined, app: app.getVersion() },
    now: new Date(),
    log: line => log.line(`update: ${line}`),
  });
  log.line(`update: ${output}`);
  return backup;
}

/** Whether the port is free after the server has exited. The system may free it late, and another program may take it. */
async function portIsFree(port: number): Promise<boolean> {
  for (let tries = PORT_TRIES; tries > 0; tries--) {
    if ((await choosePort(port)) === port) return true;
    await new Promise(resolve => setTimeout(resolve, PORT_PAUSE_MS));
  }
  return false;
}
