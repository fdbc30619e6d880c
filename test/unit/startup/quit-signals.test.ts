import { afterEach, expect, it } from 'vitest';
import { QuitSignals } from '../../../desktop/startup/quit-signals';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

afterEach(() => {
  for (const signal of SIGNALS) process.removeAllListeners(signal);
});

it.each(SIGNALS)('quits on %s, with one listener however often it is told to listen', signal => {
  let quits = 0;
  const signals = new QuitSignals();
  signals.listen();
  signals.onSignal(() => quits++);
  signals.listen();
  expect(process.listenerCount(signal)).toBe(1);
  process.emit(signal);
  expect(quits).toBe(1);
});

it('quits as soon as it can, if the signal came before', () => {
  let quits = 0;
  const signals = new QuitSignals();
  signals.listen();
  process.emit('SIGTERM');
  signals.onSignal(() => quits++);
  expect(quits).toBe(1);
});
