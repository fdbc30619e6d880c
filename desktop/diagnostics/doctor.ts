import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { inspectBundle } from '../server/bundle-check';
import { sanitizedEnvironment } from '../server/core/environment';
import { choosePort } from '../server/port';
import { openJsonFile } from '../settings/json-file';
import { readTestBuild } from '../startup/build-info';
import { type Config, PREFERRED_PORT } from '../startup/core/config';
import type { Folders } from '../startup/folders';
import { ownWorkspace } from '../system/own-workspace';
import { examine, type Report } from './inspect';

/** Runs `--doctor`: prints the report as JSON. Returns the exit code. */
export async function printReport(config: Config, folders: Folders): Promise<number> {
  const report = await runDiagnostics(config, folders, line => writeSync(2, `${line}\n`));
  writeSync(1, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

/** Collects the report of `--doctor` for this run's configuration. Changes nothing. */
export async function runDiagnostics(
  { server, platform }: Config,
  { home, logs, profile }: Folders,
  log: (line: string) => void,
): Promise<Report> {
  const { electron, chrome, node } = process.versions as NodeJS.ProcessVersions & Record<string, string>;
  const bundle = server.kind === 'command' ? server.bundle : undefined;
  const testBuild = readTestBuild(app.getAppPath());
  return examine({
    build: testBuild ? `rehearsal: ${testBuild}` : app.isPackaged ? 'release' : 'clone',
    versions: { app: app.getVersion(), electron: electron ?? '', chrome: chrome ?? '', node },
    paths: {
      data: join(home, '.cachibot'),
      workspace: ownWorkspace(home),
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
    inspectBundle: bundle && (() => inspectBundle(bundle, { hashes: true })),
    lastFailure: openJsonFile(join(profile, 'last-failure.json'), log).read(),
    updates: openJsonFile(join(profile, 'update.json'), log).read(),
  });
}
