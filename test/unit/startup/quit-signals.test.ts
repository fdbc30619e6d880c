import { afterEach, expect, it, vi } from 'vitest';
import { QuitSignals } from '../../../desktop/startup/quit-signals';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

afterEach(() => {
  vi.useRealTimers();
  for (const signal of SIGNALS) process.removeAllListeners(signal);
});

/** @returns the signals, and the codes with which the app exited */
function listen() {
  const codes: number[] = [];
  const signals = new QuitSignals(code => void codes.push(code));
  signals.listen();
  return { signals, codes };
}

it.each(SIGNALS)('quits on %s, with one listener however often it is told to listen', signal => {
  let quits = 0;
  const { signals, codes } = listen();
  signals.onSignal(() => quits++);
  signals.listen();
  expect(process.listenerCount(signal)).toBe(1);
  process.emit(signal);
  expect(quits).toBe(1);
  process.emit(signal);
  expect(codes).toEqual([]);
});

it('quits as soon as it can, if the signal came before', () => {
  vi.useFakeTimers();
  let quits = 0;
  const { signals, codes } = listen();
  process.emit('SIGTERM');
  signals.onSignal(() => quits++);
  expect(quits).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(codes).toEqual([]);
});

it('exits at the second signal while the start hangs', () => {
  vi.useFakeTimers();
  const { codes } = listen();
  process.emit('SIGINT');
  expect(codes).toEqual([]);
  process.emit('SIGINT');
  expect(codes).toEqual([130]);
});

it('exits 5 s after the first signal while the start hangs', () => {
  vi.useFakeTimers();
  const { codes } = listen();
  process.emit('SIGTERM');
  vi.advanceTimersByTime(4_999);
  expect(codes).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(codes).toEqual([143]);
});
