/** Artifacts in CachiBot's page: delivered as the server does for a plug-in, and drawn in frames of their own. */

import type { Frame, Page } from 'playwright-core';
import { expect } from 'vitest';
import { UI } from './electron-app';

export interface Artifact {
  type: string;
  content: string;
  /** The plug-in that has made it. */
  plugin?: string;
  /** Facts about a document, such as its kind and its address. */
  metadata?: Record<string, unknown>;
}

/** Makes the page's connection to the server reachable for `showArtifact`, as soon as the page uses it. */
export async function catchSocket(ui: Page): Promise<void> {
  await ui.evaluate(() => {
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (data) {
      Object.assign(window, { socket: this });
      send.call(this, data);
    };
  });
}

/** Delivers an artifact to the page of a chat, and waits until its panel has opened. */
export async function showArtifact(ui: Page, { type, ...rest }: Artifact): Promise<void> {
  await ui.evaluate(
    payload => {
      const data = JSON.stringify({ type: 'artifact', payload });
      (window as unknown as { socket: WebSocket }).socket.dispatchEvent(new MessageEvent('message', { data }));
    },
    { id: type, type, title: 'An artifact', ...rest },
  );
  await ui.locator(`.artifact-${type}`).waitFor();
  await ui.waitForTimeout(300); // for the panel, which slides in
}

/** The frame with content. There must be exactly one with this text. */
export async function contentFrame(ui: Page, text: string): Promise<Frame> {
  const find = async () => {
    const frames = ui.frames().filter(frame => frame.url().startsWith(`${UI}desktop/content`));
    const texts = await Promise.all(
      frames.map(frame =>
        frame
          .locator('body')
          .innerText()
          .catch(() => ''),
      ),
    );
    return frames.filter((_frame, at) => texts[at]?.includes(text));
  };
  await expect.poll(async () => (await find()).length, { timeout: 20_000, message: text }).toBe(1);
  const [frame] = await find();
  if (!frame) throw new Error('The frame is gone.');
  return frame;
}
