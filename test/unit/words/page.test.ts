/** The words of the scripts that are added to CachiBot's page: all in one file, all used. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pageWords } from '../../drivers/first-use';
import { filesBelow } from '../../drivers/source-files';

const FOLDER = join(__dirname, '../../../desktop/cachibot_desktop/patches/page');
const scripts = filesBelow(FOLDER)
  .filter(name => /\.(js|py)$/.test(name))
  .map(name => readFileSync(join(FOLDER, name), 'utf8'))
  .join('\n');
const ACTIONS = readFileSync(join(FOLDER, '../../gateway/chat_error_words.py'), 'utf8');

it('are all used', () => {
  expect(Object.keys(pageWords).filter(key => !new RegExp(`\\b${key}\\b`).test(scripts))).toEqual([]);
});

it('exist for each button of a card', () => {
  const [, listed = ''] = /^Action = Literal\[(.+)\]$/m.exec(ACTIONS) ?? [];
  expect(Object.keys(pageWords.actions).toSorted()).toEqual(
    [...listed.matchAll(/"([\w-]+)"/g)].map(([, action]) => action).toSorted(),
  );
});
