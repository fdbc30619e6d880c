import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { whyUnreachable } from '../../../desktop/startup/remote-display';

it('finds out whether a program listens at the port of a display', async () => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const number = (typeof address === 'object' && address ? address.port : 0) - 6000;
  expect(whyUnreachable('127.0.0.1', number)).toBeUndefined();
  expect(whyUnreachable('127.0.0.1', number, 0)).toBe('ETIMEDOUT');
  expect(whyUnreachable('127.0.0.1', 65_536 - 6000)).toBe('ERANGE');
  await new Promise(resolve => server.close(resolve));
  expect(whyUnreachable('127.0.0.1', number)).toBe('ECONNREFUSED');
});
