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
const PIXEL_BYTES = 4;
/** A window with text or a picture has at least this number of colours in these lines; an empty one has one or two. */
const DRAWN_COLOURS = 8;

/**
 * Waits until a virtual screen shows something else than now: a window, which may still be empty.
 * @param {string} frames folder of the screen's content, see `openScreen`
 * @param {AbortSignal} signal
 * @returns {Promise<number>} time of the change, of `performance.now()`
 */
export function screenChange(frames, signal) {
  return waitForScreen(frames, signal, (now, before) => !now.equals(before));
}

/**
 * Waits until the part of a virtual screen that is not as now shows text or a picture.
 * @param {string} frames
 * @param {AbortSignal} signal
 * @returns {Promise<number>} time, of `performance.now()`
 */
export function screenDrawn(frames, signal) {
  return waitForScreen(frames, signal, (now, before) => newColours(now, before) >= DRAWN_COLOURS);
}

/** Counts the colours of the pixels that have changed. @param {Buffer} now @param {Buffer} before */
function newColours(now, before) {
  const colours = new Set();
  for (let at = 0; at + PIXEL_BYTES <= now.length; at += PIXEL_BYTES) {
    const colour = now.readUInt32LE(at);
    if (colour !== before.readUInt32LE(at)) colours.add(colour);
  }
  return colours.size;
}

/**
 * @param {string} frames
 * @param {AbortSignal} signal
 * @param {(now: Buffer, before: Buffer) => boolean} isReached
 */
async function waitForScreen(frames, signal, isReached) {
  const file = openSync(join(frames, 'Xvfb_screen0'), 'r');
  try {
    const lines = positionsOfLines(file);
    const before = readLines(file, lines);
    const limit = performance.now() + LIMIT_MS;
    while (performance.now() < limit && !signal.aborted) {
      if (isReached(readLines(file, lines), before)) return performance.now();
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
