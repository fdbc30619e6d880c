/** Proxy variables in the environment that point to another program. */

import { PerRun, usable } from '../drivers/effects';
import { type ForeignServer, openForeignServer } from '../drivers/foreign-server';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

const proxies = new PerRun<ForeignServer>();

function proxied(server: 'scripted' | 'real'): Scenario {
  return {
    name: `proxy${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'before',
    fault: 'HTTP_PROXY and similar variables point to another program, which responds 200 to everything',
    expected: 'page and health probes bypass it; it receives no token',
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
      const noLeak = await proxies.of(run).expectNoLeak();
      const ours = proxies.of(run).requests.find(({ text }) => /127\.0\.0\.1:5870|\/api\//.test(text));
      if (ours !== undefined) throw new Error(`The proxy received a request of ours: ${ours.text.slice(0, 300)}`);
      return `${seen}; ${noLeak}, and none of ours`;
    },
  };
}

defineScenarios([proxied('scripted'), proxied('real')]);
