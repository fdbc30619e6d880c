/** The main job on real input: real Electron, real CachiBot, an empty home. */
// @module-tag linux: as all that uses app.ts

import { it } from 'vitest';
import { entry, python } from './app';
import { doMainJob } from './main-job';

it(
  'makes an account, chats, quits, and is still logged in with the conversation there',
  {
    timeout: 300_000,
  },
  () => doMainJob({ server: [python(), entry] }),
);
