/** Words of the questions before a quit or a restart cuts off running work. */
export const work = {
  quitQuestion: 'CachiBot is still working. Quit anyway?',
  quitStops: (jobs: number, answers: number) => `Quitting stops ${workAsText(jobs, answers)}.`,
  quit: 'Quit',
  restartQuestion: 'CachiBot is still working. Restart anyway?',
  restartStops: (jobs: number, answers: number) => `Restarting stops ${workAsText(jobs, answers)}.`,
  restart: 'Restart',
  keepWorking: 'Keep Working',
} as const;

export function workAsText(jobs: number, answers: number): string {
  const parts = [counted(jobs, 'background job'), counted(answers, 'answer')];
  return parts.filter(part => part !== '').join(' and ');
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}
