/** The user's journey with the frozen server: in the clone's shell, and in the unpacked app. */

import { join } from 'node:path';
import { inject, it } from 'vitest';
import { runUserJourney } from '../drivers/user-journey';

const { frozen } = inject('packaged');

it('a user creates an account, chats, quits and continues, with the frozen server', { timeout: 300_000 }, () =>
  runUserJourney({ server: { bundle: join(frozen.resources, 'backend') } }),
);

it('a user creates an account, chats, quits and continues, in the unpacked app', { timeout: 300_000 }, () =>
  runUserJourney({ packed: frozen.executable, server: 'crash' }),
);
