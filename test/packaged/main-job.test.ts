/** The main job on the frozen server: under the clone's shell, and in the unpacked app. */

import { join } from 'node:path';
import { inject, it } from 'vitest';
import { doMainJob } from '../drivers/main-job';

const { frozen } = inject('packaged');

it('is done on the frozen server', { timeout: 300_000 }, () =>
  doMainJob({ server: { bundle: join(frozen.resources, 'backend') } }),
);

it('is done in the unpacked app', { timeout: 300_000 }, () =>
  doMainJob({ packed: frozen.executable, server: 'crash' }),
);
