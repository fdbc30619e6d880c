// @ts-check
// A proxy in the environment that belongs to a stranger.
import { usable } from '../effects.mjs';
import { settle } from '../stranger.mjs';

/** @typedef {import('../trial.mjs').Row} Row */

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

/** @param {'scripted' | 'real'} server @returns {Row} */
function proxied(server) {
  /** @type {Awaited<ReturnType<typeof settle>>} */
  let stranger;
  return {
    name: `proxy${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'before',
    fault: 'HTTP_PROXY and its like name a stranger who answers 200 to everything',
    expected: 'page and probes go past it; it is given no token',
    async inject(run) {
      stranger = await settle(run, { port: 0 });
      const address = `http://127.0.0.1:${stranger.port}`;
      for (const name of NAMES) run.env[name] = run.env[name.toLowerCase()] = address;
      delete run.env['NO_PROXY'];
      delete run.env['no_proxy'];
      run.start();
      const shell = await run.process('shell');
      return `shell ${shell.pid} was begun with ${NAMES.join(', ')}=${address}`;
    },
    async see(run) {
      const seen = await usable(run);
      const learnt = await stranger.learntNothing();
      const ours = stranger.heard().find(text => /127\.0\.0\.1:5870|\/api\//.test(text));
      if (ours !== undefined) throw new Error(`A request of ours came to the proxy: ${ours.slice(0, 300)}`);
      return `${seen}; ${learnt}, and nothing that was meant for the server`;
    },
  };
}

/** @type {Row[]} */
export const rows = [proxied('scripted'), proxied('real')];
