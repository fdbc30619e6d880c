/** GitHub stops running actions that need Node 20, so every workflow uses versions that run on Node 24. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow } from '../../drivers/source-files';

const WORKFLOWS = join(__dirname, '..', '..', '..', '.github', 'workflows');

/** The first major version of each action that runs on Node 24; an action that consists of others has no Node. */
const FIRST_ON_NODE_24: Record<string, number> = {
  'actions/attest-build-provenance': 3,
  'actions/checkout': 5,
  'actions/download-artifact': 7,
  'actions/setup-node': 5,
  'actions/setup-python': 6,
  'actions/upload-artifact': 6,
  'azure/login': 3,
};

const uses = filesBelow(WORKFLOWS).flatMap(name =>
  readFileSync(join(WORKFLOWS, name), 'utf8')
    .split('\n')
    .filter(line => /^\s*(- )?uses:/.test(line))
    .map(line => line.replace(/^\s*(- )?uses: */, '')),
);

it('each action is pinned by a commit, and its comment names a version on Node 24', () => {
  expect(uses.length).toBeGreaterThan(40);
  const wrong = uses.filter(line => {
    const [, action = '', major = ''] = /^([\w./-]+)@[0-9a-f]{40} # v(\d+)\.\d+\.\d+$/.exec(line) ?? [];
    return !(Number(major) >= (FIRST_ON_NODE_24[action] ?? Infinity));
  });
  expect(wrong).toEqual([]);
});
