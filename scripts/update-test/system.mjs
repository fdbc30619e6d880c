// @ts-check
// A view of this machine for a case, in which packages are installed without being installed here.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../installing/other-root.sh', import.meta.url));

/**
 * It shares network, processes and temporary files with this one, and ends with the case.
 * @param {import('./world.mjs').World} world
 */
export async function otherSystem(world) {
  // Not in the world's own folder: what lives there has to end with the app.
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-system-'));
  const keeper = spawn('unshare', ['--mount', 'bash', SCRIPT, folder, 'sh', '-c', 'echo ready; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  world.after(async () => {
    const gone = new Promise(resolve => keeper.once('exit', resolve));
    keeper.kill('SIGKILL');
    await gone; // and with it all that was mounted
    rmSync(folder, { recursive: true, force: true });
  });
  await new Promise((resolve, reject) => {
    keeper.stdout.once('data', resolve);
    keeper.once('exit', code => reject(new Error(`${SCRIPT} ended with code ${code}.`)));
  });
  const inside = ['--target', String(keeper.pid), '--mount', '--root', 'env', '--chdir=/'];

  return {
    /** As root; throws what it said when it fails. @param {string[]} command */
    run(...command) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const { status, stdout, stderr } = spawnSync('nsenter', [...inside, ...command], { encoding: 'utf8', env });
      if (status !== 0) throw new Error(`${command.join(' ')} ended with code ${status}: ${stdout}${stderr}`);
      return stdout;
    },
    /** A program of this machine by which one of that is started. @param {string} program */
    starter(program) {
      const file = join(world.folder, 'start');
      writeFileSync(file, `#!/bin/sh\nexec nsenter ${inside.join(' ')} '${program}' "$@"\n`, { mode: 0o755 });
      return file;
    },
  };
}
