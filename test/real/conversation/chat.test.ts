/** The main job on real input: real Electron, real CachiBot, an empty home. */
// @module-tag linux: as all that uses electron-app.ts

import { it } from 'vitest';
import { entry, python } from '../../drivers/electron-app';
import { doMainJob } from '../../drivers/main-job';

it(
  'makes an account, chats, quits, and is still logged in with the conversation there',
  {
    timeout: 300_000,
  },
  () => doMainJob({ server: [python(), entry] }),
);
