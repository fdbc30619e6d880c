import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { inspect } from '../server/bundle-check';
import { sanitizedEnvironment } from '../server/core/environment';
import { choosePort } from '../server/port';
import { keptFile } from '../settings/json-file';
import { rehearsalOf } from '../startup/build-info';
import { type Config, PREFERRED_PORT } from '../startup/core/config';
import type { Folders } from '../startup/folders';
import { examine, type Report } from './inspect';

/** `--doctor`: prints its report as JSON. Returns the exit code. */
export async function printReport(config: Config, folders: Folders): Promise<number> {
  const report = await runDiagnostics(config, folders, line => writeSync(2, `${line}\n`));
  writeSync(1, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

/** Examines the machine on behalf of this run, and changes nothing. */
export async function runDiagnostics(
  { server, platform }: Config,
  { home, logs, profile }: Folders,
  log: (line: string) => void,
): Promise<Report> {
  const { electron, chrome, node } = process.versions as NodeJS.ProcessVersions & Record<string, string>;
  const bundle = server.kind === 'command' ? server.bundle : undefined;
  const rehearsal = rehearsalOf(app.getAppPath());
  return examine({
    build: rehearsal ? `rehearsal: ${rehearsal}` : app.isPackaged ? 'release' : 'clone',
    versions: { app: app.getVersion(), electron: electron ?? '', chrome: chrome ?? '', node },
    paths: {
      data: join(home, '.cachibot'),
      workspace: join(home, 'CachiBot'),
      profile,
      logs,
      server: server.kind === 'attached' ? server.url : [server.file, ...server.args].join(' '),
    },
    port: PREFERRED_PORT,
    portIsFree: async port => (await choosePort(port)) === port,
    platform: process.platform,
    dataFolder: home,
    checkData:
      server.kind === 'command' && server.identity === 'token'
        ? {
            file: server.file,
            args: [...server.args, '--check-data'],
            env: { ...sanitizedEnvironment(process.env), [platform.homeVariable]: home },
          }
        : undefined,
    inspectBundle: bundle && (() => inspect(bundle, { hashes: true })),
    lastFailure: keptFile(join(profile, 'last-failure.json'), log).read(),
    updates: keptFile(join(profile, 'update.json'), log).read(),
  });
}
