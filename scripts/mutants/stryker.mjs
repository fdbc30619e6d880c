// @ts-check
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUpMutation } from '../setup/setup.mjs';
import { UserError } from '../setup/user-error.mjs';
import { runChild } from '../testing/child.mjs';
import { results } from '../testing/results.mjs';
import { compareSurvivors, describeMutant, readReport, scoresOf, updateRecord } from './survivors.mjs';

/** @typedef {import('../testing/results.mjs').Results} Results */

const FOLDER = join('test', 'mutation');
const RECORD = join(FOLDER, 'survivors.json');
const REPORT = join('.setup', 'mutation', 'report.json');

/**
 * Runs Stryker and compares the mutants that survive with the record.
 * @param {string} root
 * @param {{ files: readonly string[], record: boolean }} options `files`: files to mutate, empty for all; `record`:
 *   also updates the record
 * @returns {Promise<Results>}
 */
export async function runStryker(root, { files, record }) {
  try {
    await setUpMutation(root, { say: console.log });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return results({ failed: [{ name: 'Stryker', detail: error.message }] });
  }
  rmSync(join(root, REPORT), { force: true });
  const program = join(FOLDER, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const some = files.length > 0 ? ['--mutate', files.join()] : [];
  const { code } = await runChild(process.execPath, [program, 'run', join(FOLDER, 'stryker.config.json'), ...some], {
    cwd: root,
  });
  if (code !== 0)
    return results({ failed: [{ name: 'Stryker', detail: `exited with code ${code}: see its output above` }] });
  const mutants = readReport(readJson(join(root, REPORT)));
  const path = join(root, RECORD);
  const recorded = readJson(path);
  const partial = files.length > 0;
  if (!record) return resultsOf(recorded, mutants, partial);
  const updated = updateRecord(recorded, mutants, { partial });
  writeFileSync(path, `${JSON.stringify(updated, undefined, 2)}\n`);
  const formatter = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  await runChild(process.execPath, [formatter, 'format', '--write', RECORD], { cwd: root, quiet: true });
  // Survivors that have no reason yet fail.
  return resultsOf(updated, mutants, partial);
}

/**
 * @param {import('./survivors.mjs').SurvivorRecord} recorded
 * @param {import('./survivors.mjs').Mutant[]} mutants
 * @param {boolean} partial
 */
function resultsOf(recorded, mutants, partial) {
  const { unknown, unexplained, lower, gone } = compareSurvivors(recorded, mutants, { partial });
  for (const [folder, score] of Object.entries(scoresOf(mutants))) console.log(`  ${folder}: ${score} %`);
  if (gone.length > 0)
    console.log(`\nRecorded mutants that no longer survive (npm run mutants -- --record removes them):`);
  for (const mutant of gone) console.log(`  ${mutant}`);
  return results({
    passed: mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length,
    failed: [
      ...unknown.map(mutant => ({ name: 'A mutant survives', detail: describeMutant(mutant) })),
      ...unexplained.map(file => ({ name: 'A recorded survivor has no reason', detail: file })),
      ...lower.map(detail => ({ name: 'The score is lower', detail })),
    ],
  });
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
