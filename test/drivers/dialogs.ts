/** The app's message boxes, which the test answers with keys. */

import type { ElectronApplication } from 'playwright-core';

/**
 * Records each message box that opens from now on.
 * @returns the messages, each with the label of its button once the user has answered. The test finds the addresses of the
 * windows below them in the app's global `parents`, an empty one for none.
 */
export async function recordDialogs(app: ElectronApplication): Promise<() => Promise<string[][]>> {
  await app.evaluate(({ dialog }) => {
    const dialogs: string[][] = [];
    const parents: string[] = [];
    Object.assign(globalThis, { dialogs, parents });
    const show = dialog.showMessageBox as (...args: unknown[]) => ReturnType<typeof dialog.showMessageBox>;
    dialog.showMessageBox = async (...args: unknown[]) => {
      const { message, buttons = [] } = args[args.length - 1] as Electron.MessageBoxOptions;
      const shown = [message];
      dialogs.push(shown);
      parents.push(args.length > 1 ? (args[0] as Electron.BrowserWindow).webContents.getURL() : '');
      const answer = await show.apply(dialog, args);
      shown.push(buttons[answer.response] ?? '');
      return answer;
    };
  });
  return () => app.evaluate(() => (globalThis as unknown as { dialogs: string[][] }).dialogs);
}
