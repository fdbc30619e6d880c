/** A setup file: each test file gets its own virtual screen on Linux, which ends with its process. */

import { afterAll, beforeAll } from 'vitest';
import { openScreen } from '../../scripts/testing/screen.mjs';

let close: (() => void) | undefined;

beforeAll(async () => {
  const screen = await openScreen();
  close = screen.close;
  Object.assign(process.env, screen.env);
});

afterAll(() => close?.());
