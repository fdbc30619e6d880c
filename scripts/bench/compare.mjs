// @ts-check

/**
 * @template {Record<string, number>} Times
 * @typedef {object} Subject
 * @property {string} name
 * @property {() => Promise<Times>} time measures one start
 */

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {Record<string, number>} medianMs
 * @property {Record<string, number>} ratio of each median to the median of the first subject
 * @property {Record<string, number[]>} allMs
 */

/**
 * Times the subjects alternately, so that a drift of the machine affects all of them. The first round is a warm-up and
 * does not count.
 * @param {Subject<any>[]} subjects
 * @param {number} rounds
 * @param {(line: string) => void} say
 * @returns {Promise<Result[]>}
 */
export async function compare(subjects, rounds, say) {
  const measured = subjects.map(() => /** @type {Record<string, number>[]} */ ([]));
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? '  warming up' : `  round ${round} of ${rounds}`);
    for (const [at, { time }] of subjects.entries()) {
      const times = await time();
      if (round > 0) measured[at]?.push(times);
    }
  }
  const medians = measured.map(medianOfEach);
  return subjects.map(({ name }, at) => {
    const medianMs = medians[at] ?? {};
    const ratio = Object.entries(medianMs).map(([what, ms]) => [what, ms / (medians[0]?.[what] ?? Number.NaN)]);
    return { name, medianMs, ratio: Object.fromEntries(ratio), allMs: byName(measured[at] ?? []) };
  });
}

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** @param {Record<string, number>[]} times */
function medianOfEach(times) {
  return Object.fromEntries(Object.entries(byName(times)).map(([what, values]) => [what, median(values)]));
}

/**
 * @param {Record<string, number>[]} times
 * @returns {Record<string, number[]>}
 */
function byName(times) {
  const names = Object.keys(times[0] ?? {});
  return Object.fromEntries(names.map(name => [name, times.map(each => each[name] ?? Number.NaN)]));
}

/**
 * Returns a Markdown table: median, lowest and highest time in milliseconds, and from the second row on the ratio of the
 * median to the first row's.
 * @param {string} title
 * @param {Record<string, string>} columns titles, by the names of the times
 * @param {Result[]} results
 */
export function table(title, columns, results) {
  const inMs = (/** @type {number} */ ms) => Math.round(ms).toLocaleString('en');
  const rows = results.map(({ name, medianMs, ratio, allMs }, at) => {
    const cells = Object.keys(columns).map(what => {
      const all = allMs[what] ?? [];
      const cell = `${inMs(medianMs[what] ?? Number.NaN)} [${inMs(Math.min(...all))}–${inMs(Math.max(...all))}]`;
      return at === 0 ? cell : `${cell} (${(ratio[what] ?? Number.NaN).toFixed(2)} x)`;
    });
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const heads = [title, ...Object.values(columns)];
  return [`| ${heads.join(' | ')} |`, `|${'---|'.repeat(heads.length)}`, ...rows].join('\n');
}
