// @ts-check
// The table for people: fault, expected effect, what was seen, each in a column of its own.

/** @typedef {import('./trial.mjs').Result} Result */

/** Title, width and content. @type {[string, number, (result: Result) => string][]} */
const COLUMNS = [
  ['', 6, ({ ok }) => (ok ? 'ok' : 'FAILED')],
  ['row', 26, ({ name, ms }) => `${name} (${(ms / 1000).toFixed(1)} s)`],
  ['phase', 10, ({ phase }) => phase],
  ['server', 8, ({ server }) => server],
  ['fault, and the proof that it happened', 44, ({ fault, evidence }) => `${fault}: ${evidence}`],
  ['expected', 38, ({ expected }) => expected],
  ['seen', 44, ({ seen }) => seen],
];

/** @param {readonly Result[]} results */
export function table(results) {
  const head = COLUMNS.map(([title]) => title);
  const rule = COLUMNS.map(([, width]) => '─'.repeat(width));
  const rows = results.map(result => COLUMNS.map(([, , cell]) => cell(result)));
  return [head, rule, ...rows].map(lay).join('\n');
}

/** One row of cells, each broken into as many lines as it takes. @param {readonly string[]} cells */
function lay(cells) {
  const broken = cells.map((cell, index) => breakLines(cell, COLUMNS[index]?.[1] ?? 0));
  const height = Math.max(...broken.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    broken
      .map((cell, index) => (cell[line] ?? '').padEnd(COLUMNS[index]?.[1] ?? 0))
      .join('  ')
      .trimEnd(),
  ).join('\n');
}

/**
 * @param {string} text
 * @param {number} width
 */
function breakLines(text, width) {
  /** @type {string[]} */
  const broken = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap(word => pieces(word, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      broken.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...broken, line];
}

/** A word too long for its column, in parts. @param {string} word @param {number} width */
function pieces(word, width) {
  return word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
}
