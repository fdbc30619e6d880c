/** The main job on the frozen server: under the clone's shell, and in the unpacked app. */

import { join } from 'node:path';
import { it } from 'vitest';
import { doMainJob } from '../real/main-job';

/** Set by `npm run dist:test` where the server has been frozen. */
function frozen(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error('There is no frozen server. Build it first: npm run backend');
  return value;
}

it('is done on the frozen server', { timeout: 300_000 }, () =>
  doMainJob({ server: { bundle: join(frozen('CACHIBOT_TEST_FROZEN_RESOURCES'), 'backend') } }),
);

it('is done in the unpacked app', { timeout: 300_000 }, () =>
  doMainJob({ packed: frozen('CACHIBOT_TEST_FROZEN_APP'), server: 'crash' }),
);
