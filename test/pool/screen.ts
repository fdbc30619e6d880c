/** A setup file: opens a virtual screen for each test file on Linux, and closes it after the file's tests. */

import { afterAll, beforeAll } from 'vitest';
import { openScreen } from '../../scripts/testing/screen.mjs';

let close: (() => void) | undefined;

beforeAll(async () => {
  const screen = await openScreen();
  close = screen.close;
  Object.assign(process.env, screen.env);
});

afterAll(() => close?.());
