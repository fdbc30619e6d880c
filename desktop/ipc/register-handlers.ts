import { type IpcMainInvokeEvent, ipcMain } from 'electron';
import { frameFacts } from '../security/core/frame-facts';
import { ALLOWED_SENDER, type Handlers, type Requests, type Sender } from './core/contract';

/**
 * Registers the handlers of the pages' requests. `identifySender` returns which of our pages sent a request, `undefined`
 * for any other page. A request from the wrong page, or from a frame inside a page, is refused and logged.
 */
export function registerHandlers(
  handlers: Handlers,
  identifySender: (event: IpcMainInvokeEvent) => Sender | undefined,
  log: (line: string) => void,
): void {
  for (const name of Object.keys(handlers) as (keyof Requests)[]) {
    const handle = handlers[name] as (...args: unknown[]) => unknown;
    ipcMain.handle(name, async (event, ...args) => {
      try {
        const sender = identifySender(event);
        if (sender === undefined || ![ALLOWED_SENDER[name]].flat().includes(sender))
          throw new Error(`${name} refused: this page may not send it.`);
        return await handle(...args);
      } catch (error) {
        const from = frameFacts(event.senderFrame)?.url ?? 'a frame that is gone';
        log(`request ${name} from ${from}: ${(error as Error).message}`);
        throw error;
      }
    });
  }
}
