/** The benchmark: tokens of clones, ratios and aims, budgets, the picture of a start. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AIMS, aimsTable, judge, ROWS } from '../../../scripts/bench/aims.mjs';
import { compare, median, resultOf, table } from '../../../scripts/bench/compare.mjs';
import { growthOf } from '../../../scripts/bench/growth.mjs';
import { type Round, verdictLine, verdictsOf } from '../../../scripts/bench/guard.mjs';
import { screenChange, screenDrawn } from '../../../scripts/bench/screen-watch.mjs';
import { tokenInOf } from '../../../scripts/bench/server-start.mjs';
import { drawTimeline } from '../../../scripts/bench/timeline.mjs';

it('the server of this clone reads the token from stdin', () =>
  expect(tokenInOf(join(__dirname, '..', '..', '..'))).toBe('stdin'));

it('the server of an older clone reads it from the environment', () => {
  const clone = mkdtempSync(join(tmpdir(), 'cachibot-clone-'));
  onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
  mkdirSync(join(clone, 'docs'));
  const row =
    '| variable | `CACHIBOT_DESKTOP_TOKEN` | `private` | both | 64 hex digits, new at each start of the server |';
  writeFileSync(join(clone, 'docs', 'contract.md'), `# The contract\n\n${row}\n`);
  expect(tokenInOf(clone)).toBe('environment');
});

it('compares in turns, without the first round', async () => {
  const order: string[] = [];
  const subject = (name: string, values: number[]) => ({
    name,
    measure: async () => {
      order.push(name);
      return { ms: values.shift() ?? 0 };
    },
  });
  const results = await compare([subject('one', [900, 10, 20, 30]), subject('two', [900, 40, 40, 40])], 3, () => {});
  expect(order.slice(0, 4)).toEqual(['one', 'two', 'one', 'two']);
  expect(results.map(result => result.median['ms'])).toEqual([20, 40]);
  expect(results.map(result => result.ratio['ms'])).toEqual([1, 2]);
  expect(table('Start', { ms: 'time', none: 'none' }, results)).toBe(
    ['| Start | time | none |', '|---|---|---|', '| one | 20 [10–30] |  |', '| two | 40 [40–40] (2.00 x) |  |'].join(
      '\n',
    ),
  );
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

it('leaves out what was not measured in some of the starts', () => {
  const result = resultOf('one', [{ usable: 1 }, { usable: 2, drawn: 30 }, { usable: 3, drawn: 10 }], []);
  expect(result.median).toEqual({ usable: 2, drawn: 20 });
  expect(table('Start', { drawn: 'drawn' }, [result])).toContain('| one | 20 [10–30] |');
});

it('says of each aim whether it holds, passes, fails, or was not measured', () => {
  const row = (figures: Record<string, number>) => resultOf('row', [figures], [figures]);
  const aims = [{ figure: 'usable', of: 'ours.usableMs', to: 'usual.usableMs', aim: 0.33, passes: 0.4 }];
  const verdict = (ms: number) => judge({ ours: row({ usableMs: ms }), usual: row({ usableMs: 1000 }) }, aims)[0];
  expect(verdict(390)).toMatchObject({ value: 0.39, holds: true, aim: 0.33 });
  expect(verdict(410)).toMatchObject({ value: 0.41, holds: false });
  expect(judge({ ours: row({ usableMs: 1 }) }, aims)[0]).toMatchObject({ value: undefined, holds: undefined });
  expect(aimsTable(judge({ ours: row({ usableMs: 1 }) }, aims))).toContain('not measured');
});

it('has aims for rows that exist only', () => {
  const places = AIMS.flatMap(({ of, to }) => [of, to]).filter(place => place !== '1');
  expect(places.filter(place => !ROWS.some(row => place.startsWith(`${row}.`)))).toEqual([]);
});

const start = (ms: number, server: number) => ({
  shownMs: ms,
  usableMs: ms * 3,
  connectedMs: ms * 4,
  cpuOf: { main: 0.5, page: 0.5, server },
});
const server = (cpuS: number) => ({ firstPage: 100, apiReady: 2000, cpuS, memoryMb: 130 });
const round = (cpuS: number): Round => ({
  ours: start(600, cpuS),
  floor: start(500, 0),
  server: server(cpuS),
  stock: { ...server(6), memoryMb: 250 },
});

it('names the phase that grew, and only that one', () => {
  const grown = verdictsOf([round(5), round(5.2), round(2)]).filter(({ holds }) => !holds);
  expect(grown.map(({ phase }) => phase)).toEqual(['the import of the server']);
  expect(verdictLine(grown[0]!)).toContain('GREW   the import of the server');
});

it('does not fail for one start of three that another program has slowed down', () =>
  expect(verdictsOf([round(2), round(9), round(2.2)]).every(({ holds }) => holds)).toBe(true));

it('takes the shortest times, which no other program has made longer', () => {
  const slowed = { ...round(2), ours: start(5200, 2) };
  expect(verdictsOf([slowed, slowed, round(2)]).every(({ holds }) => holds)).toBe(true);
  const grown = verdictsOf([slowed, slowed, slowed]).filter(({ holds }) => !holds);
  expect(grown.map(({ phase }) => phase)).toEqual([
    'the shell until the window',
    'the page before the server is ready',
    'the wait between server and page',
  ]);
});

it('finds the figures that grow with the data', () => {
  const [few, many] = [
    { usableMs: 100, memoryMb: 200 },
    { usableMs: 180, memoryMb: 210 },
  ];
  const results = [resultOf('nothing', [few], [few]), resultOf('much', [many], [few])];
  expect(growthOf(results)).toEqual([{ name: 'much', grows: ['usableMs'] }]);
});

it('tells an empty window from a drawn one', async () => {
  const [frames, columns, rows, headerBytes] = [mkdtempSync(join(tmpdir(), 'cachibot-screen-')), 40, 60, 100];
  onTestFinished(() => rmSync(frames, { recursive: true, force: true }));
  const header = Buffer.alloc(headerBytes);
  for (const [place, value] of [
    [0, headerBytes],
    [20, rows],
    [48, columns * 4],
  ] as const)
    header.writeUInt32BE(value, place);
  const show = (colourOf: (column: number) => number) => {
    const line = Buffer.alloc(columns * 4);
    for (let column = 0; column < columns; column++) line.writeUInt32LE(colourOf(column), column * 4);
    writeFileSync(join(frames, 'Xvfb_screen0'), Buffer.concat([header, ...Array<Buffer>(rows).fill(line)]));
  };
  show(() => 0);
  const { signal } = new AbortController();
  const [shown, drawn] = [screenChange(frames, signal), screenDrawn(frames, signal)];
  let isDrawn = false;
  void drawn.then(() => (isDrawn = true));
  show(column => (column < 30 ? 0x112233 : 0));
  await shown;
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(isDrawn).toBe(false);
  show(column => column * 0x10101);
  expect(await drawn).toBeGreaterThan(await shown);
});

it('draws when each start showed something, and who used the processor', () => {
  const samples = [
    { atMs: 100, cores: { main: 1, server: 0.5 } },
    { atMs: 200, cores: { server: 1 } },
  ];
  const timeline = { shown: 300, drawn: 500, server: 100, loading: 1500, usable: 2000, connected: 2500, samples };
  const picture = drawTimeline('two & more', [{ name: 'ours', timeline }], 2);
  expect(picture).toContain('usable 2000 ms');
  expect(picture).toContain('two &amp; more');
  expect(picture.match(/fill="#2563eb"/g)).toHaveLength(3); // the legend, and two samples of the server
});
