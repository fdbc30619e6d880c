/** A proxy in the environment that belongs to another program. */

import { Memory, usable } from '../drivers/effects';
import { type ForeignServer, openForeignServer } from '../drivers/foreign-server';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

const proxies = new Memory<ForeignServer>();

function proxied(server: 'scripted' | 'real'): Scenario {
  return {
    name: `proxy${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'before',
    fault: 'HTTP_PROXY and its like name another program that answers 200 to everything',
    expected: 'page and probes bypass it; it receives no token',
    async inject(run) {
      const { port } = proxies.set(run, await openForeignServer(run, { port: 0 }));
      const address = `http://127.0.0.1:${port}`;
      for (const name of NAMES) run.env[name] = run.env[name.toLowerCase()] = address;
      for (const name of ['NO_PROXY', 'no_proxy']) delete run.env[name];
      run.start();
      const shell = await run.process('shell');
      return `shell ${shell.pid} was started with ${NAMES.join(', ')}=${address}`;
    },
    async see(run) {
      const seen = await usable(run);
      const learnt = await proxies.of(run).learntNothing();
      const ours = proxies
        .of(run)
        .requests()
        .find(text => /127\.0\.0\.1:5870|\/api\//.test(text));
      if (ours !== undefined) throw new Error(`A request of ours came to the proxy: ${ours.slice(0, 300)}`);
      return `${seen}; ${learnt}, and none of ours`;
    },
  };
}

defineScenarios([proxied('scripted'), proxied('real')]);
