import type { JsonFile } from '../settings/json-file';
import { placeOfBundle } from '../system/bundle-place';
import { words } from '../words/en';

interface Options {
  /** The program in the app's bundle. */
  executable: string;
  /** Electron's functions, which only macOS has. */
  app: { isInApplicationsFolder(): boolean; moveToApplicationsFolder(): boolean };
  /** Remembers that the user was asked. */
  file: JsonFile;
  /** Resolves to the index of the button that the user has clicked. */
  ask(question: { message: string; detail: string; buttons: string[] }): Promise<number>;
  showProblem(message: string, detail: string): void;
  place?: typeof placeOfBundle;
  log(line: string): void;
}

/**
 * Offers once to move the app to the folder Applications, if it runs from a disk image or at a random place: it could not be
 * updated there. If the user agrees, Electron moves it, quits this process, and starts the moved app.
 */
export async function offerMove(options: Options): Promise<void> {
  const { executable, app, file, ask, showProblem, place = placeOfBundle, log } = options;
  const why = place(executable);
  if (why === undefined || app.isInApplicationsFolder() || file.read() !== undefined) return;
  const { message, detail, move, notNow, failed } = words.moveOffer;
  const isMoved = (await ask({ message, detail: detail[why], buttons: [move, notNow] })) === 0;
  try {
    file.write({ offered: true });
  } catch (error) {
    log(`the answer about the folder Applications could not be saved: ${(error as Error).message}`);
  }
  if (!isMoved) return;
  try {
    // False if the user cancels the question for a password.
    if (!app.moveToApplicationsFolder()) log('the app was not moved to the folder Applications');
  } catch (error) {
    log(`the app could not be moved to the folder Applications: ${(error as Error).message}`);
    showProblem(failed, (error as Error).message);
  }
}
