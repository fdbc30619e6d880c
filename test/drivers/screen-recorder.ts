/** Records what a virtual screen shows, as a user sees it: all windows, with what is above what. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { openScreen } from '../../scripts/testing/screen.mjs';
import { createTemporaryFolder } from './temporary-folder';

/** A rectangle of the screen. */
export interface Part {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A moment of the screen. */
export interface Frame {
  /** Time since the recording began. */
  atMs: number;
  width: number;
  height: number;
  /** The colour of a pixel, 0xRRGGBB. */
  colour(x: number, y: number): number;
  /** The colours in a rectangle, and how many pixels have each. */
  colours(x: number, y: number, width: number, height: number): Map<number, number>;
  /** Writes the frame, or a part of it, as a PNG file. */
  save(file: string, part?: Part): void;
}

export interface RecordedScreen {
  /** Variables for the program that uses the screen. */
  env: Record<string, string>;
  look(): Frame;
  /** Looks at the screen at this interval, until the function that it returns is called, which returns all frames. */
  record(intervalMs: number): () => Frame[];
}

/** Opens a virtual screen of its own, until the test is over. */
export async function openRecordedScreen(): Promise<RecordedScreen> {
  const frames = createTemporaryFolder();
  const { env, close } = await openScreen({ frames });
  onTestFinished(close);
  const look = (atMs = 0) => readFrame(readFileSync(join(frames, 'Xvfb_screen0')), atMs);
  return {
    env,
    look,
    record(intervalMs) {
      const seen: Frame[] = [];
      const began = performance.now();
      const timer = setInterval(() => seen.push(look(performance.now() - began)), intervalMs);
      onTestFinished(() => clearInterval(timer));
      return () => {
        clearInterval(timer);
        return seen;
      };
    },
  };
}

/** Positions in the header of an XWD file, whose numbers are big-endian, and the size of an entry of its colour map. */
const XWD = { headerSize: 0, width: 16, height: 20, lineBytes: 48, colours: 76, colourSize: 12 };

function readFrame(file: Buffer, atMs: number): Frame {
  const number = (at: number) => file.readUInt32BE(at);
  const [width, height] = [number(XWD.width), number(XWD.height)];
  const start = number(XWD.headerSize) + number(XWD.colours) * XWD.colourSize;
  // The pixels have the byte order of the machine.
  const colour = (x: number, y: number) => file.readUInt32LE(start + y * number(XWD.lineBytes) + x * 4) & 0xffffff;
  return {
    atMs,
    width,
    height,
    colour,
    colours(left, top, wide, high) {
      const counts = new Map<number, number>();
      for (let y = top; y < top + high; y++)
        for (let x = left; x < left + wide; x++) counts.set(colour(x, y), (counts.get(colour(x, y)) ?? 0) + 1);
      return counts;
    },
    save: (path, part = { x: 0, y: 0, width, height }) => writeFileSync(path, toPng(part, colour)),
  };
}

function toPng({ x: left, y: top, width, height }: Part, colour: (x: number, y: number) => number): Buffer {
  const pixels = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) pixels.writeUIntBE(colour(left + x, top + y), y * (1 + width * 3) + 1 + x * 3, 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, true colour
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
