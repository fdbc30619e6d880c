import { expect, it } from 'vitest';
import { workQuestion } from '../../../../desktop/startup/core/work-question';
import { work } from '../../../../desktop/words/work';

it.each([
  ['no work', { jobs: 0, answers: 0, streams: 0 }],
  ['a request of the page', { jobs: 0, answers: 0, streams: 1 }],
  ['a server that does not respond', undefined],
])('is not asked about %s', (_what, activity) => {
  expect(workQuestion('quit', activity)).toBeUndefined();
  expect(workQuestion('restart', activity)).toBeUndefined();
});

it('names the work that a quit or a restart cuts off', () => {
  expect(workQuestion('quit', { jobs: 0, answers: 1, streams: 3 })).toEqual({
    message: work.quitQuestion,
    detail: 'Quitting stops 1 answer.',
    buttons: [work.quit, work.keepWorking],
  });
  expect(workQuestion('restart', { jobs: 1, answers: 1, streams: 1 })).toEqual({
    message: work.restartQuestion,
    detail: 'Restarting stops 1 background job and 1 answer.',
    buttons: [work.restart, work.keepWorking],
  });
});
