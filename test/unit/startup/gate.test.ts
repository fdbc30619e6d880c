import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createGate } from '../../../desktop/startup/gate';

it('lets nothing pass until it is opened', async () => {
  const gate = createGate(60_000);
  let passed = 0;
  void gate.opened.then(() => passed++);
  await delay(50);
  expect(passed).toBe(0);
  gate.open();
  await gate.opened;
  expect(passed).toBe(1);
  gate.open();
  await gate.opened;
});

it('opens by itself after a time', async () => {
  await createGate(20).opened;
});
