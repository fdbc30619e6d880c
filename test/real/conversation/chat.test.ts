/** A user's journey: real Electron, real CachiBot, an empty home. */
// @module-tag linux: uses electron-app.ts

import { it } from 'vitest';
import { python, serverScript } from '../../drivers/electron-app';
import { runUserJourney } from '../../drivers/user-journey';

it(
  'a user creates an account, chats, quits, and is still logged in with the conversation after a restart',
  {
    timeout: 300_000,
  },
  () => runUserJourney({ server: [python(), serverScript] }),
);
