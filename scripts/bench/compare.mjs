// @ts-check

/**
 * @template {Record<string, number>} Figures
 * @typedef {object} Subject
 * @property {string} name
 * @property {() => Promise<Figures>} measure measures one start
 */

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {Record<string, number>} median
 * @property {Record<string, number>} ratio of each median to the median of the first subject
 * @property {Record<string, number[]>} all
 */

/**
 * Measures the subjects alternately, so that a drift of the machine affects all of them. The first round is a warm-up
 * and does not count.
 * @param {Subject<any>[]} subjects
 * @param {number} rounds
 * @param {(line: string) => void} say
 * @returns {Promise<Result[]>}
 */
export async function compare(subjects, rounds, say) {
  const measured = subjects.map(() => /** @type {Record<string, number>[]} */ ([]));
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? '  warming up' : `  round ${round} of ${rounds}`);
    for (const [at, { measure }] of subjects.entries()) {
      const figures = await measure();
      if (round > 0) measured[at]?.push(figures);
    }
  }
  return subjects.map(({ name }, at) => resultOf(name, measured[at] ?? [], measured[0] ?? []));
}

/**
 * @param {string} name
 * @param {readonly Record<string, number>[]} measured
 * @param {readonly Record<string, number>[]} first of the first subject
 * @returns {Result}
 */
export function resultOf(name, measured, first) {
  const medians = medianOfEach(measured);
  const base = medianOfEach(first);
  const ratio = Object.entries(medians).map(([what, value]) => [what, value / (base[what] ?? Number.NaN)]);
  return { name, median: medians, ratio: Object.fromEntries(ratio), all: byName(measured) };
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** @param {readonly Record<string, number>[]} measured */
function medianOfEach(measured) {
  return Object.fromEntries(Object.entries(byName(measured)).map(([what, values]) => [what, median(values)]));
}

/**
 * Collects the values of each figure. A start in which it was not seen counts for the other figures only.
 * @param {readonly Record<string, number>[]} measured
 * @returns {Record<string, number[]>}
 */
function byName(measured) {
  const names = new Set(measured.flatMap(Object.keys));
  return Object.fromEntries([...names].map(name => [name, measured.flatMap(each => each[name] ?? [])]));
}

/**
 * Returns a Markdown table: median, lowest and highest value, and from the second row on the ratio of the median to the
 * first row's. A figure that a row does not have is empty.
 * @param {string} title
 * @param {Record<string, string>} columns titles, by the names of the figures
 * @param {Result[]} results
 */
export function table(title, columns, results) {
  const rows = results.map(({ name, median, ratio, all }, at) => {
    const cells = Object.keys(columns).map(what => {
      const values = all[what] ?? [];
      if (values.length === 0) return '';
      const [least, most] = [Math.min(...values), Math.max(...values)].map(shown);
      const cell = `${shown(median[what] ?? Number.NaN)} [${least}–${most}]`;
      const share = ratio[what] ?? Number.NaN;
      return at === 0 || !Number.isFinite(share) ? cell : `${cell} (${share.toFixed(2)} x)`;
    });
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const heads = [title, ...Object.values(columns)];
  return [`| ${heads.join(' | ')} |`, `|${'---|'.repeat(heads.length)}`, ...rows].join('\n');
}

/** @param {number} value */
function shown(value) {
  return value < 100 ? String(Math.round(value * 10) / 10) : Math.round(value).toLocaleString('en');
}
