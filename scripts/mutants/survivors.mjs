// @ts-check
// Compares a run of Stryker with test/mutation/survivors.json. Pure: the files are read by stryker.mjs.

/**
 * @typedef {object} Mutant a change that Stryker made to the code
 * @property {string} file
 * @property {string} line trimmed text of the first changed line; its number would change too often
 * @property {string} mutator Stryker's name of the kind of change
 * @property {string} replacement
 * @property {string} status of Stryker: Killed, Survived, NoCoverage, Timeout...
 */

/**
 * @typedef {object} SurvivorGroup recorded survivors of one file that survive for the same reason
 * @property {string} file
 * @property {string} reason
 * @property {Omit<Mutant, 'file' | 'status'>[]} [mutants]
 * @property {string[]} [mutators] kinds of which all survivors in the file are recorded
 */

/**
 * @typedef {object} SurvivorRecord
 * @property {Record<string, number>} scores the lowest score that passes, per folder, in percent
 * @property {SurvivorGroup[]} survivors
 */

/**
 * @typedef {object} StrykerReport the parts of Stryker's JSON report that are used here
 * @property {Record<string, { source: string, mutants: StrykerMutant[] }>} files
 */
/**
 * @typedef {object} StrykerMutant
 * @property {string} mutatorName
 * @property {string} [replacement]
 * @property {string} status
 * @property {{ start: { line: number } }} location
 */

const SURVIVED = ['Survived', 'NoCoverage'];
const DETECTED = ['Killed', 'Timeout'];

/**
 * Returns the mutants of a report, in the order of the code.
 * @param {StrykerReport} report
 * @returns {Mutant[]}
 */
export function readReport({ files }) {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.map(({ mutatorName, replacement = '', status, location }) => ({
      file,
      line: lines[location.start.line - 1]?.trim() ?? '',
      mutator: mutatorName,
      replacement,
      status,
    }));
  });
}

/**
 * Returns the share of mutants that a test detects, in percent, per folder. Mutants that Stryker ignores do not count.
 * @param {readonly Mutant[]} mutants
 * @returns {Record<string, number>}
 */
export function scoresOf(mutants) {
  const folders = [...new Set(mutants.map(folderOf))].sort();
  return Object.fromEntries(
    folders.map(folder => {
      const own = mutants.filter(mutant => folderOf(mutant) === folder);
      const detected = own.filter(({ status }) => DETECTED.includes(status)).length;
      const undetected = own.filter(({ status }) => SURVIVED.includes(status)).length;
      // Rounded down: a recorded score must not be higher than the score of the run.
      return [folder, Math.floor((detected / Math.max(1, detected + undetected)) * 10_000) / 100];
    }),
  );
}

/**
 * Compares a run with the record. A partial run, of some files, compares only the survivors of these files and no score.
 * @param {SurvivorRecord} record
 * @param {readonly Mutant[]} mutants
 * @param {{ partial?: boolean }} [options]
 * @returns {{ unknown: Mutant[], unexplained: string[], lower: string[], gone: string[] }} `unknown` survivors are not
 *   recorded; `unexplained` are recorded without a reason; `gone` are recorded and no longer survive
 */
export function compareSurvivors(record, mutants, { partial = false } = {}) {
  const files = new Set(mutants.map(({ file }) => file));
  const groups = record.survivors.filter(({ file }) => !partial || files.has(file));
  const expected = groups.flatMap(({ file, mutants = [] }) => mutants.map(mutant => ({ ...mutant, file })));
  const survivors = mutants.filter(mutant => SURVIVED.includes(mutant.status) && !isOfKind(groups, mutant));
  // On a busy machine, a mutant can time out that survives otherwise.
  const timedOut = mutants.filter(({ status }) => status === 'Timeout');
  return {
    unknown: without(survivors, expected),
    unexplained: record.survivors.filter(({ reason }) => reason.trim() === '').map(({ file }) => file),
    lower: partial ? [] : lowerScores(record.scores, scoresOf(mutants)),
    gone: without(expected, [...survivors, ...timedOut]).map(describeMutant),
  };
}

/**
 * Returns the updated record: known survivors keep their reason, new survivors have none yet, and scores never fall. A
 * partial run changes only the survivors of its files and no score.
 * @param {SurvivorRecord} record
 * @param {readonly Mutant[]} mutants
 * @param {{ partial?: boolean }} [options]
 * @returns {SurvivorRecord}
 */
export function updateRecord(record, mutants, { partial = false } = {}) {
  const files = new Set(mutants.map(({ file }) => file));
  const { unknown } = compareSurvivors(record, mutants, { partial });
  let unmatched = mutants.filter(({ status }) => status !== 'Killed');
  const kept = record.survivors.map(group => {
    if (partial && !files.has(group.file)) return group;
    const own = group.mutants?.filter(mutant => {
      const rest = without(unmatched, [{ ...mutant, file: group.file }]);
      const survives = rest.length < unmatched.length;
      unmatched = rest;
      return survives;
    });
    return own === undefined ? group : { ...group, mutants: own };
  });
  const added = [...new Set(unknown.map(({ file }) => file))].map(file => ({
    file,
    reason: '',
    mutants: unknown
      .filter(mutant => mutant.file === file)
      .map(({ line, mutator, replacement }) => ({ line, mutator, replacement })),
  }));
  const scores = Object.entries(scoresOf(mutants)).map(([folder, score]) => [
    folder,
    Math.max(score, record.scores[folder] ?? 0),
  ]);
  return {
    scores: partial ? record.scores : Object.fromEntries(scores),
    survivors: [...kept.filter(({ mutants }) => mutants?.length !== 0), ...added].sort((one, other) =>
      one.file.localeCompare(other.file),
    ),
  };
}

/**
 * @param {readonly SurvivorGroup[]} groups
 * @param {Mutant} mutant
 */
function isOfKind(groups, { file, mutator }) {
  return groups.some(({ mutators, ...group }) => group.file === file && mutators?.includes(mutator));
}

/** @param {Omit<Mutant, 'status'>} mutant */
export function describeMutant({ file, line, mutator, replacement }) {
  return `${file}: ${line}\n  ${mutator}: ${replacement || '(removed)'}`;
}

/**
 * @param {Record<string, number>} recorded
 * @param {Record<string, number>} scores
 */
function lowerScores(recorded, scores) {
  return Object.entries(recorded)
    .filter(([folder, lowest]) => (scores[folder] ?? 0) < lowest)
    .map(([folder, lowest]) => `${folder}: ${scores[folder] ?? 0} %, but ${lowest} % is recorded`);
}

/**
 * Returns `some` without `others`. Each entry of `others` removes one equal entry.
 * @template {Omit<Mutant, 'status'>} M
 * @param {readonly M[]} some
 * @param {readonly Omit<Mutant, 'status'>[]} others
 * @returns {M[]}
 */
function without(some, others) {
  const counts = /** @type {Map<string, number>} */ (new Map());
  for (const key of others.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return some.filter(mutant => {
    const remaining = counts.get(keyOf(mutant)) ?? 0;
    counts.set(keyOf(mutant), remaining - 1);
    return remaining <= 0;
  });
}

/** @param {Omit<Mutant, 'status'>} mutant */
function keyOf({ file, line, mutator, replacement }) {
  return JSON.stringify([file, line, mutator, replacement]);
}

/** @param {{ file: string }} mutant */
function folderOf({ file }) {
  return file.slice(0, file.lastIndexOf('/'));
}
