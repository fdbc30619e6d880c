import { SITES } from '../window/core/sites';
import { showMessage } from '../window/dialogs';
import { words } from '../words/en';

/** Saves a report, and says where the user can send it. The app sends nothing itself. */
export async function reportProblem(save: () => Promise<boolean>, open: (address: string) => void): Promise<void> {
  if (!(await save())) return;
  const { response } = await showMessage({
    type: 'info',
    message: words.report.saved,
    detail: words.report.whereToSend(SITES.problems),
    buttons: [words.report.openProblems, words.report.done],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  });
  if (response === 0) open(SITES.problems);
}
