import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { choosePort } from './backend-host';
import { inspect } from './bundle';
import { type Config, PREFERRED_PORT } from './core/config';
import { withoutDetours } from './core/server-environment';
import { examine } from './diagnostics';
import { keptFile } from './kept-file';
import type { Folders } from './main';
import { rehearsalOf } from './this-build';

/** `--doctor`: prints the report as JSON. Returns the exit code. */
export async function printReport({ server, platform }: Config, { home, logs, profile }: Folders): Promise<number> {
  const { electron, chrome, node } = process.versions as NodeJS.ProcessVersions & Record<string, string>;
  const bundle = server.kind === 'command' ? server.bundle : undefined;
  const rehearsal = rehearsalOf(app.getAppPath());
  const report = await examine({
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
            env: { ...withoutDetours(process.env), [platform.homeVariable]: home },
          }
        : undefined,
    inspectBundle: bundle && (() => inspect(bundle, { hashes: true })),
    lastFailure: keptFile(join(profile, 'last-failure.json'), line => writeSync(2, `${line}\n`)).read(),
  });
  writeSync(1, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}
