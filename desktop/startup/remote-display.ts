import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

/** The X server of display 0 on another computer listens on this port. */
const FIRST_PORT = 6000;
const LAST_NUMBER = 65_535 - FIRST_PORT;
const LIMIT_MS = 5_000;

/** A program for a thread of its own, because the main thread must not return to Chromium before the result. */
const CONNECT = `
  const { workerData: { host, port, done, result } } = require('node:worker_threads');
  const finish = reason => {
    result.postMessage(reason);
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
    socket.destroy();
  };
  const socket = require('node:net').connect(port, host, () => finish(undefined));
  socket.once('error', error => finish(error.code));
`;

/** Returns the code of an error if the display of that number on the host cannot be reached. Blocks meanwhile. */
export function whyUnreachable(host: string, number: number, limitMs = LIMIT_MS): string | undefined {
  if (number > LAST_NUMBER) return 'ERANGE';
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2: result } = new MessageChannel();
  const workerData = { host, port: FIRST_PORT + number, done, result };
  const worker = new Worker(CONNECT, { eval: true, workerData, transferList: [result] });
  worker.unref();
  const reason = Atomics.wait(done, 0, 0, limitMs) === 'timed-out' ? 'ETIMEDOUT' : receiveMessageOnPort(port1)?.message;
  port1.close();
  void worker.terminate();
  return reason;
}
