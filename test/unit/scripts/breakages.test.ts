/** Checks in a second that the breakages of `npm run mutants`, which takes most of an hour, still match the code. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesToBreak } from '../../../scripts/mutants/anchors.mjs';
import { BREAKAGES } from '../../../scripts/mutants/breakages.mjs';

const root = join(__dirname, '..', '..', '..');

describe.each(BREAKAGES)('the breakage “$name”', breakage => {
  it('has a pattern that matches once', () => expect(filesToBreak(root, breakage)).toHaveLength(1));

  it('changes the file', () => {
    const [file = ''] = filesToBreak(root, breakage);
    const source = readFileSync(join(root, file), 'utf8');
    expect(source.replace(breakage.pattern, breakage.replacement)).not.toBe(source);
  });

  it('names tests that exist', () => {
    const [file = '', pick = ''] = breakage.tests;
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), 'utf8')).toContain(pick);
  });
});
