/** An answer in the page while the model writes it, and the reasons of failures in the background. */
// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { outputFolder, python, serverScript, startApp, temporaryFolder, UI } from '../../drivers/electron-app';
import { makeAccount, say, uploadDocument } from '../../drivers/user-journey';
import { openStreamingModel } from '../../fixtures/streaming-model.mjs';

it('shows the first words of an answer before the model has written the last, and the reasons of failures', {
  tags: 'left-to-ci',
  timeout: 300_000,
}, async () => {
  const home = temporaryFolder();
  const model = await openStreamingModel();
  onTestFinished(() => void model.close());
  // LM Studio isn't running, and documents need a key that is missing.
  const env = { ...model.env, LMSTUDIO_ENDPOINT: 'http://127.0.0.1:9/v1/chat/completions' };
  const app = await startApp({ home, server: [python(), serverScript], env });
  const ui = await makeAccount(app, home);
  const shot = (name: string) => ui.screenshot({ path: join(outputFolder(), `${name}.png`) });

  await say(ui, 'Hello?');
  await ui.getByText('These are the first words').first().waitFor({ timeout: 60_000 });
  await shot('live-answer');
  expect(await ui.getByText('these are the last').count()).toBe(0);
  model.finish();
  await ui.getByText('These are the first words, and these are the last.').first().waitFor();
  await shot('live-answer-complete');

  await uploadDocument(ui, 'Nothing is embedded without a key.');
  await ui.getByText('There is no API key for OpenAI.').waitFor({ timeout: 30_000 });
  await shot('document-error');
  await ui.goto(`${UI}settings/models`);
  await ui.getByText("LM Studio isn't running at http://127.0.0.1:9").waitFor({ timeout: 60_000 });
  await shot('models-error');
});
