/** The comparison of Stryker's report with the record, and the completeness of the record. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareSurvivors, readReport, scoresOf, updateRecord } from '../../../scripts/mutants/survivors.mjs';

const root = join(__dirname, '..', '..', '..');

describe('survivors', () => {
  const mutant = (status: string, line = 'return a < b;', replacement = 'a <= b', file = 'desktop/core/a.ts') => ({
    file,
    line,
    mutator: 'EqualityOperator',
    replacement,
    status,
  });
  const recorded = (lines: string[], { score = 0, reason = 'equivalent', file = 'desktop/core/a.ts' } = {}) => ({
    scores: { 'desktop/core': score },
    survivors: [
      { file, reason, mutants: lines.map(line => ({ line, mutator: 'EqualityOperator', replacement: 'a <= b' })) },
    ],
  });
  const nothing = { unknown: [], unexplained: [], lower: [], gone: [] };

  it('are read from a report, each with the text of its line', () => {
    const source = 'one\n  return a < b;\n';
    const change = { mutatorName: 'EqualityOperator', replacement: 'a <= b', location: { start: { line: 2 } } };
    const files = { 'desktop/core/a.ts': { source, mutants: [{ ...change, status: 'Survived' }] } };
    expect(readReport({ files })).toEqual([mutant('Survived')]);
  });

  it.each(['Survived', 'NoCoverage'])('fail if they are not recorded (%s)', status => {
    const found = compareSurvivors({ scores: {}, survivors: [] }, [mutant(status)]);
    expect(found).toEqual({ ...nothing, unknown: [mutant(status)] });
  });

  it('pass if they are recorded', () => {
    expect(compareSurvivors(recorded(['return a < b;']), [mutant('Survived')])).toEqual(nothing);
  });

  it('pass if all of their kind in the file are recorded, but not in other files', () => {
    const group = { file: 'desktop/core/a.ts', reason: 'words on the screen', mutators: ['EqualityOperator'] };
    const record = { scores: {}, survivors: [group] };
    expect(compareSurvivors(record, [mutant('Survived'), mutant('Survived', 'return c;')])).toEqual(nothing);
    const elsewhere = mutant('Survived', 'return a < b;', 'a <= b', 'desktop/core/b.ts');
    expect(compareSurvivors(record, [elsewhere]).unknown).toEqual([elsewhere]);
    expect(updateRecord(record, [mutant('Survived')]).survivors).toEqual([group]);
  });

  it('fail if a line has more of them than are recorded', () => {
    const found = compareSurvivors(recorded(['return a < b;']), [mutant('Survived'), mutant('Survived')]);
    expect(found.unknown).toEqual([mutant('Survived')]);
  });

  it('fail if they are recorded without a reason', () => {
    const found = compareSurvivors(recorded(['return a < b;'], { reason: ' ' }), [mutant('Survived')]);
    expect(found.unexplained).toEqual(['desktop/core/a.ts']);
  });

  it('are listed if they no longer survive', () => {
    const found = compareSurvivors(recorded(['return a < b;']), [mutant('Killed')]);
    expect(found).toEqual({ ...nothing, gone: ['desktop/core/a.ts: return a < b;\n  EqualityOperator: a <= b'] });
  });

  it('are not listed as gone if they timed out, as on a busy machine', () => {
    expect(compareSurvivors(recorded(['return a < b;']), [mutant('Timeout')])).toEqual(nothing);
  });

  it('of other files are ignored in a partial run', () => {
    const record = recorded(['return a < b;'], { score: 100, file: 'desktop/core/b.ts' });
    expect(compareSurvivors(record, [mutant('Killed')], { partial: true })).toEqual(nothing);
  });

  it('lower the score of their folder, which must not fall', () => {
    const mutants = [
      mutant('Killed'),
      mutant('Timeout'),
      mutant('Survived'),
      mutant('Ignored'),
      mutant('Killed', 'x', '', 'desktop/b.ts'),
    ];
    expect(scoresOf(mutants)).toEqual({ desktop: 100, 'desktop/core': 66.66 });
    expect(compareSurvivors(recorded(['return a < b;'], { score: 66.66 }), mutants).lower).toEqual([]);
    expect(compareSurvivors(recorded(['return a < b;'], { score: 66.67 }), mutants).lower).toEqual([
      'desktop/core: 66.66 %, but 66.67 % is recorded',
    ]);
  });

  it('keep their reason in an updated record; killed mutants are removed, and new survivors have no reason', () => {
    const record = recorded(['return a < b;', 'return c;'], { score: 50 });
    const mutants = [mutant('Survived'), mutant('Killed', 'return c;'), mutant('Survived', 'return d;')];
    const updated = updateRecord(record, mutants);
    expect(updated.scores).toEqual({ 'desktop/core': 50 });
    expect(updated.survivors.map(({ reason, mutants }) => [reason, mutants?.map(({ line }) => line)])).toEqual([
      ['equivalent', ['return a < b;']],
      ['', ['return d;']],
    ]);
  });

  it('of other files stay in the record after a partial run', () => {
    const record = recorded(['return a < b;'], { score: 50, file: 'desktop/core/b.ts' });
    expect(updateRecord(record, [mutant('Killed')], { partial: true })).toEqual(record);
  });
});

it('every recorded survivor has a reason', () => {
  const record = JSON.parse(readFileSync(join(root, 'test/mutation/survivors.json'), 'utf8'));
  expect(compareSurvivors(record, []).unexplained).toEqual([]);
});
