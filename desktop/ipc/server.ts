import { type IpcMainInvokeEvent, ipcMain } from 'electron';
import { type Asker, type Handlers, MAY_ASK, type Requests } from './core/contract';

/**
 * Answers the pages' requests. `whoAsks` tells which of our pages sent one, `undefined` for any other;
 * a request from the wrong page, or from a frame inside a page, is refused and logged.
 */
export function serve(
  handlers: Handlers,
  whoAsks: (event: IpcMainInvokeEvent) => Asker | undefined,
  log: (line: string) => void,
): void {
  for (const name of Object.keys(handlers) as (keyof Requests)[]) {
    const handle = handlers[name] as (...args: unknown[]) => unknown;
    ipcMain.handle(name, async (event, ...args) => {
      try {
        const asker = whoAsks(event);
        if (asker === undefined || ![MAY_ASK[name]].flat().includes(asker))
          throw new Error(`${name} refused: this page may not ask for it.`);
        return await handle(...args);
      } catch (error) {
        log(`request ${name} from ${event.senderFrame?.url ?? 'a frame that is gone'}: ${(error as Error).message}`);
        throw error;
      }
    });
  }
}
