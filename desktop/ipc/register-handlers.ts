import { type IpcMainInvokeEvent, ipcMain } from 'electron';
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
        log(`request ${name} from ${addressOf(event)}: ${(error as Error).message}`);
        throw error;
      }
    });
  }
}

/** Returns the address of the frame that sent a request, which may be gone when the request has been handled. */
function addressOf(event: IpcMainInvokeEvent): string {
  const gone = 'a frame that is gone';
  try {
    return event.senderFrame?.url ?? gone;
  } catch {
    return gone; // the properties of such a frame throw
  }
}
