// @ts-check
import { startChild } from '../testing/child.mjs';

/** Its value is the folder of the benchmark, which the process outside removes. */
const INSIDE = 'CACHIBOT_BENCH_FOLDER';

/** The folder that the process outside has created; undefined in that process. */
export const sharedFolder = process.env[INSIDE];

/**
 * Runs this command again in a network of its own, where the app's port is free and nothing waits for the internet. Its
 * processes are in a namespace of their own, too: none of them is left when this process is killed. Only Linux has such
 * namespaces, and only root may create them.
 * @param {string} folder of the benchmark
 * @returns {Promise<number | undefined>} its exit code; undefined if this process is inside, or has to do without
 */
export async function runInOwnNetwork(folder) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || sharedFolder) return undefined;
  const [, script = '', ...args] = process.argv;
  // The kernel kills unshare when this process ends, and with unshare everything inside.
  const unshare = ['--pdeathsig', 'KILL', 'unshare', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inside = ['sh', '-c', 'ip link set lo up && "$@"', 'sh', process.execPath, script, ...args];
  const env = { ...process.env, [INSIDE]: folder };
  const child = startChild('setpriv', [...unshare, ...inside], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
}
