// @ts-check

/** @typedef {import('./start-run.mjs').Timeline} Timeline */
/** @typedef {import('./processes.mjs').Role} Role */

const WIDTH = 1000;
const LEFT = 210;
const RIGHT = 30;
const ROW = 120;
const TOP = 70;
const BAR = { top: 22, height: 18 };
/** Widths in the legend: of a letter, which is an estimate, and of the colour with the gap behind the title. */
const LEGEND = { letter: 6.5, gap: 30 };
const GRAPH = { top: 48, height: 50 };
/** The lanes of the graph, from the bottom: processor use of each role, and its colour. */
const ROLES = /** @type {readonly [Role, string, string][]} */ ([
  ['server', 'server', '#2563eb'],
  ['main', 'main process', '#16a34a'],
  ['page', 'pages', '#d97706'],
  ['gpu', 'drawing', '#9333ea'],
  ['other', 'others', '#94a3b8'],
]);
const PHASES = /** @type {const} */ ({
  blank: '#e2e8f0',
  empty: '#c7d2fe',
  drawn: '#a5b4fc',
  page: '#fcd34d',
  usable: '#bbf7d0',
  connected: '#4ade80',
});
const STEPS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];

/**
 * Draws starts as an SVG picture: for each, when the window and the page came, and which processes used the processor.
 * @param {string} title
 * @param {readonly { name: string, timeline: Timeline }[]} rows
 * @param {number} cores full height of the graphs
 */
export function drawTimeline(title, rows, cores) {
  const endMs = Math.max(...rows.map(({ timeline }) => timeline.connected)) * 1.05;
  const x = (/** @type {number} */ ms) => LEFT + (Math.min(ms, endMs) / endMs) * (WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    legend(),
    ...rows.flatMap(({ name, timeline }, at) => drawRow(name, timeline, { x, top: TOP + at * ROW, cores })),
    axis(endMs, x, TOP + rows.length * ROW),
    '</svg>',
    '',
  ].join('\n');
}

/**
 * @param {string} name
 * @param {Timeline} timeline
 * @param {{ x: (ms: number) => number, top: number, cores: number }} place
 */
function drawRow(name, { shown, drawn = shown, loading, usable, connected, samples }, { x, top, cores }) {
  const bar = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ colour) =>
    `<rect x="${round(x(from))}" y="${top + BAR.top}" width="${round(Math.max(0, x(to) - x(from)))}" height="${BAR.height}" fill="${colour}"/>`;
  const page = Math.min(Math.max(loading ?? usable, drawn), usable);
  const base = top + GRAPH.top + GRAPH.height;
  return [
    `<text x="16" y="${top + BAR.top + 13}">${escaped(name)}</text>`,
    bar(0, shown, PHASES.blank),
    bar(shown, drawn, PHASES.empty),
    bar(drawn, page, PHASES.drawn),
    bar(page, usable, PHASES.page),
    bar(usable, connected, PHASES.usable),
    bar(connected, Number.POSITIVE_INFINITY, PHASES.connected),
    `<text x="${round(x(usable)) - 4}" y="${top + BAR.top - 4}" text-anchor="end">usable ${Math.round(usable)} ms</text>`,
    `<text x="16" y="${base}" fill="#64748b">${cores} cores</text>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}" stroke="#cbd5e1"/>`,
    ...drawGraph(
      samples.filter(({ atMs }) => atMs <= connected),
      { x, base, cores },
    ),
  ];
}

/**
 * @param {Timeline['samples']} samples
 * @param {{ x: (ms: number) => number, base: number, cores: number }} place
 */
function drawGraph(samples, { x, base, cores }) {
  let before = 0;
  return samples.flatMap(({ atMs, cores: used }) => {
    const [from, to] = [before, atMs];
    before = atMs;
    let y = base;
    return ROLES.flatMap(([role, , colour]) => {
      const tall = Math.min(((used[role] ?? 0) / cores) * GRAPH.height, y - (base - GRAPH.height));
      if (tall < 0.5) return [];
      y -= tall;
      return `<rect x="${round(x(from))}" y="${round(y)}" width="${round(x(to) - x(from))}" height="${round(tall)}" fill="${colour}"/>`;
    });
  });
}

function legend() {
  const entries = [
    ['nothing yet', PHASES.blank],
    ['empty window', PHASES.empty],
    ['splash', PHASES.drawn],
    ['page loads', PHASES.page],
    ['usable', PHASES.usable],
    ['connected', PHASES.connected],
    ...ROLES.map(([, title, colour]) => [title, colour]),
  ];
  let right = 16;
  return entries
    .map(([title = '', colour]) => {
      const left = right;
      right += LEGEND.gap + LEGEND.letter * title.length;
      return `<rect x="${left}" y="38" width="10" height="10" fill="${colour}"/><text x="${left + 13}" y="47" font-size="11">${title}</text>`;
    })
    .join('\n');
}

/** @param {number} endMs @param {(ms: number) => number} x @param {number} y */
function axis(endMs, x, y) {
  const step = STEPS_MS.find(ms => endMs / ms <= 10) ?? endMs;
  const marks = Array.from({ length: Math.floor(endMs / step) + 1 }, (_, at) => at * step);
  return marks
    .map(ms => `<text x="${round(x(ms))}" y="${y + 20}" text-anchor="middle" fill="#64748b">${ms / 1000} s</text>`)
    .join('\n');
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
