// @ts-check
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Positions in the header of an XWD file, whose numbers are big-endian, and the size of an entry of its colour map. */
const XWD = { headerSize: 0, height: 20, lineBytes: 48, colours: 76, colourSize: 12 };
const HEADER_BYTES = 100;
const POLL_MS = 5;
const LIMIT_MS = 120_000;
/** Only some lines of the screen are compared, because reading all of it takes time from the start. */
const LINES = 5;

/**
 * Waits until a virtual screen shows something else than now.
 * @param {string} frames folder of the screen's content, see `openScreen`
 * @param {AbortSignal} signal
 * @returns {Promise<number>} time of the change, of `performance.now()`
 */
export async function screenChange(frames, signal) {
  const file = openSync(join(frames, 'Xvfb_screen0'), 'r');
  try {
    const lines = positionsOfLines(file);
    const before = readLines(file, lines);
    const limit = performance.now() + LIMIT_MS;
    while (performance.now() < limit && !signal.aborted) {
      if (!readLines(file, lines).equals(before)) return performance.now();
      await pause(POLL_MS);
    }
    throw new Error('Nothing was shown on the screen.');
  } finally {
    closeSync(file);
  }
}

/** @param {number} file */
function positionsOfLines(file) {
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(file, header, 0, HEADER_BYTES, 0);
  const number = (/** @type {number} */ at) => header.readUInt32BE(at);
  const start = number(XWD.headerSize) + number(XWD.colours) * XWD.colourSize;
  const bytes = number(XWD.lineBytes);
  return Array.from({ length: LINES }, (_, at) => {
    const line = Math.round((number(XWD.height) * (at + 1)) / (LINES + 1));
    return { position: start + line * bytes, bytes };
  });
}

/** @param {number} file @param {{ position: number, bytes: number }[]} lines */
function readLines(file, lines) {
  return Buffer.concat(
    lines.map(({ position, bytes }) => {
      const line = Buffer.alloc(bytes);
      readSync(file, line, 0, bytes, position);
      return line;
    }),
  );
}
