import { beforeEach, expect, it, vi } from 'vitest';
import type { Handlers, Sender } from '../../../desktop/ipc/core/contract';
import { registerHandlers } from '../../../desktop/ipc/register-handlers';

type Listener = (event: object) => Promise<unknown>;
const listeners = vi.hoisted(() => new Map<string, Listener>());
vi.mock('electron', () => ({
  ipcMain: { handle: (name: string, listener: Listener) => listeners.set(name, listener) },
}));

const logged: string[] = [];
const closed = vi.fn();
beforeEach(() => {
  logged.length = 0;
  closed.mockClear();
});

/** Sends the request `window:close` from this frame. */
function request(senderFrame: object | null, sender: Sender | undefined): Promise<unknown> {
  registerHandlers(
    { 'window:close': closed } as unknown as Handlers,
    () => sender,
    line => logged.push(line),
  );
  return listeners.get('window:close')?.({ senderFrame }) ?? Promise.reject(new Error('not registered'));
}

it('handles a request of a page that may send it', async () => {
  await request({ url: 'http://127.0.0.1:5870/' }, 'ui');
  expect(closed).toHaveBeenCalledOnce();
});

const disposed = {
  get url(): string {
    throw new Error('Render frame was disposed before WebFrameMain could be accessed');
  },
};

it.each([
  ['another page', { url: 'https://other.example/' }, 'https://other.example/'],
  ['a frame that Electron no longer finds', null, 'a frame that is gone'],
  ['a frame that was disposed', disposed, 'a frame that is gone'],
])('refuses and logs a request of %s', async (_what, frame, address) => {
  await expect(request(frame, undefined)).rejects.toThrow('this page may not send it');
  expect(closed).not.toHaveBeenCalled();
  expect(logged).toEqual([`request window:close from ${address}: window:close refused: this page may not send it.`]);
});
