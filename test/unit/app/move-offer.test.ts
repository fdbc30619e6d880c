/** When macOS users are asked to move the app, and what their answer does. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { offerMove } from '../../../desktop/app/move-offer';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { words } from '../../../desktop/words/en';
import { createTemporaryFolder } from '../../drivers/temporary-folder';

interface Given {
  place?: 'read-only' | 'translocated' | undefined;
  inApplications?: boolean;
  answer?: number;
  move?: () => boolean;
  folder?: string;
}

async function run({ place, inApplications = false, answer = 0, move = () => true, folder }: Given) {
  const profile = folder ?? createTemporaryFolder();
  const seen: string[] = [];
  const log = (line: string) => void seen.push(`log: ${line}`);
  await offerMove({
    executable: '/program',
    app: {
      isInApplicationsFolder: () => inApplications,
      moveToApplicationsFolder() {
        seen.push('move');
        return move();
      },
    },
    file: openJsonFile(join(profile, 'move-offer.json'), log),
    async ask({ detail }) {
      seen.push(`ask: ${detail}`);
      return answer;
    },
    showProblem: (message, detail) => void seen.push(`problem: ${message} ${detail}`),
    place: () => place,
    log,
  });
  return { profile, seen };
}

const { detail, failed } = words.moveOffer;

it.each(['read-only', 'translocated'] as const)(
  'moves the app from a place that is %s, if the user agrees',
  async place => {
    expect((await run({ place })).seen).toEqual([`ask: ${detail[place]}`, 'move']);
  },
);

it('asks once, whatever the answer', async () => {
  const { profile, seen } = await run({ place: 'read-only', answer: 1 });
  expect(seen).toEqual([`ask: ${detail['read-only']}`]);
  expect((await run({ place: 'read-only', folder: profile })).seen).toEqual([]);
});

it.each([
  ['it can be replaced', {}],
  ['it is in Applications', { place: 'read-only', inApplications: true } as const],
])('does not ask where %s', async (_where, given) => {
  const { profile, seen } = await run(given);
  expect(seen).toEqual([]);
  expect(existsSync(join(profile, 'move-offer.json'))).toBe(false);
});

it('says when the app cannot be moved', async () => {
  const move = () => {
    throw new Error('The disk is full.');
  };
  const { seen } = await run({ place: 'translocated', move });
  expect(seen.at(-1)).toBe(`problem: ${failed} The disk is full.`);
  expect(seen.at(-2)).toContain('could not be moved to the folder Applications: The disk is full.');
});

it('shows no problem if the user cancels the question for a password', async () => {
  const { seen } = await run({ place: 'translocated', move: () => false });
  expect(seen.at(-1)).toBe('log: the app was not moved to the folder Applications');
});
