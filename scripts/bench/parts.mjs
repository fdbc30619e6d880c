// @ts-check
// The parts of the benchmark, as in `npm run bench -- --only PART`.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { aimsTable, judge } from './aims.mjs';
import { table } from './compare.mjs';
import { createAccountIn, floorDesign, ourDesign } from './designs.mjs';
import { GROWTH_COLUMNS, measureGrowth } from './growth.mjs';
import { checkBudgets, verdictLine } from './guard.mjs';
import { withHome } from './home.mjs';
import { countOpenedFiles } from './opened-files.mjs';
import { comparedRows, comparedServers, comparedWindows } from './rows.mjs';
import { comparedWith, measureStarts, SERVER_COLUMNS, START_COLUMNS } from './starts.mjs';
import { drawTimeline } from './timeline.mjs';
import { wakeUpsAtRest } from './wake-ups.mjs';

/** @typedef {import('./starts.mjs').MeasuredRow} MeasuredRow */
/**
 * @typedef {object} Options
 * @property {string} rounds
 * @property {ReturnType<typeof import('./conditions.mjs').conditionsOf>} wanted
 * @property {string} python
 * @property {string | undefined} [against]
 * @property {string | undefined} [timeline] file for the picture
 * @property {(line: string) => void} say
 */
/** @typedef {{ result: object, text: string, code: number }} Report */
/** @typedef {(prepared: import('./rows.mjs').Prepared, options: Options) => Promise<Report>} Part */

/** @type {Readonly<Record<string, Part>>} */
export const PARTS = { starts, servers, window, rest, growth, guard };

/** Whole starts of the app and the other designs. @type {Part} */
async function starts(prepared, { rounds, wanted, python, against, timeline, say }) {
  const compared = await comparedRows(prepared, { against, say });
  const { rows } = compared;
  const { frames } = prepared;
  const conditions = await measureConditions(compared, { rounds, wanted, frames, python, timeline, say });
  say('Counting opened files');
  const opened = await openedFiles(rows, frames);
  const wakeUps = await observeRest(rows, frames, say);
  const judged = conditions.map(one => ({ ...one, aims: judge(byKey(one.measured, wakeUps)) }));
  const texts = judged.map(({ title, measured, aims }) => {
    const designs = measured.filter(({ timeline }) => timeline !== undefined);
    const servers = measured.filter(({ timeline }) => timeline === undefined);
    return [
      `## ${title}`,
      table('Start', START_COLUMNS, comparedWith(designs, 'usual')),
      table('Server alone', SERVER_COLUMNS, comparedWith(servers, 'stock')),
      aimsTable(aims),
    ].join('\n\n');
  });
  const text = [...texts, openedText(opened), wakeUpsText(rows, wakeUps)].join('\n\n');
  return { result: { conditions: judged, opened, wakeUps }, text, code: 0 };
}

/** The servers alone. Their starts are short, so that many rounds are possible. @type {Part} */
async function servers(prepared, options) {
  const shown = { title: 'Server alone', columns: SERVER_COLUMNS, to: 'stock' };
  return someRows(comparedServers(prepared), shown, { ...options, frames: prepared.frames });
}

/** The app and the floor, until their window is shown; for many rounds, as the servers. @type {Part} */
async function window(prepared, options) {
  const compared = await comparedWindows(prepared, options);
  const shown = { title: 'Start', columns: START_COLUMNS, to: 'floor' };
  return someRows(compared, shown, { ...options, frames: prepared.frames });
}

/**
 * @param {Awaited<ReturnType<typeof comparedRows>>} compared
 * @param {{ title: string, columns: Record<string, string>, to: string }} shown `to`: key of the row that ratios are to
 * @param {Options & { frames: string }} options
 * @returns {Promise<Report>}
 */
async function someRows(compared, { title: first, columns, to }, options) {
  if (options.against !== undefined || options.timeline !== undefined)
    throw new UserError(
      '--against and --timeline are for a comparison of all designs.',
      'Leave them out, or leave out --only.',
    );
  const measured = await measureConditions(compared, options);
  const conditions = measured.map(one => ({
    ...one,
    aims: judge(byKey(one.measured, {})).filter(({ value }) => value !== undefined),
  }));
  const texts = conditions.map(({ title, measured, aims }) =>
    [`## ${title}`, table(first, columns, comparedWith(measured, to)), aimsTable(aims)].join('\n\n'),
  );
  return { result: { conditions }, text: texts.join('\n\n'), code: 0 };
}

/**
 * @param {{ rows: readonly import('./starts.mjs').Row[], files: string[] }} compared
 * @param {Omit<Options, 'against'> & { frames: string }} options
 */
async function measureConditions({ rows, files }, { rounds, wanted, frames, python, timeline, say }) {
  const conditions = [];
  for (const { name, condition } of wanted) {
    say(`Starts: ${condition.title}`);
    const warmUp = conditions.length === 0;
    const options = { condition, rounds: Number(rounds), warmUp, frames, python, files, say };
    const measured = await measureStarts(rows, options);
    conditions.push({ name, title: condition.title, measured });
    if (timeline !== undefined && conditions.length === 1) writeFileSync(timeline, drawing(condition.title, measured));
  }
  return conditions;
}

/** Counts wake-ups of the app and the floor at rest. @type {Part} */
async function rest(prepared, { against, say }) {
  const { rows } = await comparedRows(prepared, { against, say });
  const wakeUps = await observeRest(rows, prepared.frames, say);
  return { result: { wakeUps }, text: wakeUpsText(rows, wakeUps), code: 0 };
}

/** @param {readonly import('./starts.mjs').Row[]} rows @param {string} frames @param {(line: string) => void} say */
function observeRest(rows, frames, say) {
  say('Observing wake-ups at rest, for four minutes');
  return wakeUpsAtRest(observedDesigns(rows), frames);
}

/** Files that each design opens until it can be used. @param {readonly import('./starts.mjs').Row[]} rows @param {string} frames */
async function openedFiles(rows, frames) {
  /** @type {Record<string, number | undefined>} */
  const opened = {};
  for (const row of rows) if ('design' in row) opened[row.name] = await countOpenedFiles(row.design, frames);
  return opened;
}

/** @param {Readonly<Record<string, number | undefined>>} opened */
function openedText(opened) {
  const words = Object.entries(opened).map(
    ([name, count]) => `${name} ${count?.toLocaleString('en') ?? 'not counted'}`,
  );
  return `Files opened until usable: ${words.join(', ')}`;
}

/** The designs whose wake-ups are compared. @param {readonly import('./starts.mjs').Row[]} rows */
function observedDesigns(rows) {
  const observed = ['ours', 'before', 'floor'];
  return Object.fromEntries(
    rows.flatMap(row => ('design' in row && observed.includes(row.key) ? [[row.key, row.design]] : [])),
  );
}

/** @param {readonly import('./starts.mjs').Row[]} rows @param {Readonly<Record<string, number>>} wakeUps by key */
function wakeUpsText(rows, wakeUps) {
  const words = rows.flatMap(({ key, name }) =>
    wakeUps[key] === undefined ? [] : [`${name} ${wakeUps[key].toFixed(2)}`],
  );
  return `Wake-ups of the main process per second, at rest: ${words.join(', ')}`;
}

/** The app with much data. @type {Part} */
async function growth({ machine, frames, ours }, { rounds, python, say }) {
  const design = (/** @type {string} */ home, /** @type {NodeJS.ProcessEnv} */ env) =>
    ourDesign(machine, ours, { home, env });
  const { folder } = machine;
  const { results, growth } = await measureGrowth(design, { rounds: Number(rounds), frames, folder, python, say });
  const lines = growth.map(({ name, grows }) => `${name}: ${grows.length === 0 ? 'nothing grows' : grows.join(', ')}`);
  const text = `${table('Data', GROWTH_COLUMNS, results)}\n\n${lines.join('\n')}`;
  return { result: { results, growth }, text, code: 0 };
}

/** The ratios that CI checks. @type {Part} */
async function guard({ machine, frames, ours, entry, frozen }, { say }) {
  const app = ourDesign(machine, ours);
  const floor = floorDesign(machine);
  for (const design of [app, floor]) await createAccountIn(design, frames);
  const server = (/** @type {string} */ name, /** @type {string[]} */ command) => ({
    server: command,
    env: withHome(join(machine.folder, name)),
  });
  const verdicts = await checkBudgets({
    ours: app,
    floor,
    server: server('server-ours', frozen ? [frozen] : entry),
    stock: server('server-stock', machine.stock),
    frames,
    say,
  });
  const code = verdicts.every(({ holds }) => holds) ? 0 : 1;
  return { result: { verdicts }, text: verdicts.map(verdictLine).join('\n'), code };
}

/** @param {string} title @param {readonly MeasuredRow[]} measured */
function drawing(title, measured) {
  const drawn = measured.flatMap(({ result, timeline }) => (timeline ? [{ name: result.name, timeline }] : []));
  if (drawn.length === 0) throw new UserError('No start was measured.', 'Choose at least one round.');
  return drawTimeline(title, drawn, cpus().length);
}

/**
 * The results by key, with the wake-ups, which are not measured in each start.
 * @param {readonly MeasuredRow[]} measured
 * @param {Readonly<Record<string, number>>} wakeUps
 */
function byKey(measured, wakeUps) {
  return Object.fromEntries(
    measured.map(({ key, result }) => {
      const observed = wakeUps[key] === undefined ? {} : { wakeUps: wakeUps[key] };
      return [key, { ...result, median: { ...result.median, ...observed } }];
    }),
  );
}
