/** A start does not wait for a provider that is slow to list its models. Real Electron, real CachiBot. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { createServer, type ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { occupyPort, quitApp, startApp } from '../../drivers/electron-app';
import { openChat, settledUi } from '../../drivers/user-journey';

it('can be used before the list of models is there, which follows', { timeout: 200_000 }, async () => {
  const { home, app, setting } = await openChat();
  await quitApp(app);

  const waiting: ServerResponse[] = [];
  const slow = createServer((_request, response) => void waiting.push(response));
  onTestFinished(() => slow.closeAllConnections());
  const port = await occupyPort(0, slow);
  const env = { ...setting.env, OLLAMA_ENDPOINT: `http://127.0.0.1:${port}/api/generate` };
  const again = await settledUi(await startApp({ ...setting, env }), home);
  const box = again.locator('.chat-textarea');
  await expect.poll(() => box.isEnabled(), { timeout: 10_000 }).toBe(true);
  await box.fill('typed before');
  await expect.poll(() => waiting.length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await again.getByText('System Default').count(), 'the choice of a model').toBeGreaterThan(0);

  for (const response of waiting) response.end(JSON.stringify({ models: [{ name: 'late:latest' }] }));
  slow.removeAllListeners('request').on('request', (_request, response) => {
    response.end(JSON.stringify({ models: [{ name: 'late:latest' }] }));
  });
  await again.getByText('System Default').first().click();
  await again.getByText('late:latest').first().waitFor({ timeout: 30_000 });
  expect(await box.inputValue()).toBe('typed before');
});
