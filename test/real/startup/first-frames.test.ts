/** The first frames of the window, in light and dark: none flashes before the splash. Real screen, scripted server. */
// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outputFolder, spawnApp, temporaryFolder } from '../../drivers/electron-app';
import { type Frame, openRecordedScreen } from '../../drivers/screen-recorder';
import { BUTTONS, buttonsOf } from '../../drivers/title-bar';

const INTERVAL_MS = 20;
/** The screen without a window. */
const BLACK = 0;

it.each([
  ['light', 0xf7f7f9, {}],
  ['dark', 0x101114, { GTK_THEME: 'Adwaita:dark' }],
])('the window opens with the splash, in %s', { tags: 'left-to-ci' }, async (mode, ground, env) => {
  const screen = await openRecordedScreen();
  const stop = screen.record(INTERVAL_MS);
  // Without Playwright, which shows each page in light.
  spawnApp({ home: temporaryFolder(), server: 'silent', env: { ...screen.env, ...env } });
  await expect.poll(() => groundOf(screen.look()), { timeout: 20_000 }).toBe(ground);
  const all = stop().map(frame => ({ frame, ground: groundOf(frame) }));
  const frames = all.filter(one => one.ground !== BLACK);
  const others = frames.filter(one => one.ground !== ground);
  for (const { frame } of others) frame.save(join(outputFolder(), `first-${mode}-${Math.round(frame.atMs)}.png`));
  const seen = `${others.length * INTERVAL_MS} ms of ${[...new Set(others.map(one => one.ground.toString(16)))]}`;
  console.log(`${mode}: ${seen}, then the splash`);
  // X11 fills the window with a colour of the desktop's theme until its first frame, which is close to the splash's.
  expect(others.filter(one => isLight(one.ground) !== isLight(ground)).length, seen).toBe(0);
  expect(frames.slice(0, others.length), 'the splash stays').toEqual(others);
  // A busy machine draws them later than the splash. `one-look.test.ts` sees that they stay.
  await expect
    .poll(() => buttonsOf(screen.look(), windowIn(screen.look())), { timeout: 20_000, message: 'buttons' })
    .toBe(BUTTONS);
});

/** The colour of most pixels of the screen. */
function groundOf(frame: Frame): number {
  const [most] = [...frame.colours(0, 0, frame.width, frame.height)].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? BLACK;
}

/** The place of the window, as far as the buttons need it. */
function windowIn(frame: Frame) {
  const [middleX, middleY] = [Math.round(frame.width / 2), Math.round(frame.height / 2)];
  const columns = Array.from({ length: frame.width }, (_, x) => x).filter(x => frame.colour(x, middleY) !== BLACK);
  const rows = Array.from({ length: frame.height }, (_, y) => y).filter(y => frame.colour(middleX, y) !== BLACK);
  const [x, y] = [columns[0] ?? 0, rows[0] ?? 0];
  return { x, y, width: (columns.at(-1) ?? x) - x + 1 };
}

function isLight(colour: number): boolean {
  return ((colour >> 8) & 0xff) > 0x80;
}
