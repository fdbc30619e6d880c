// A server with a child, both listening. `polite` ends with code 3 when asked; `stubborn` and its child don't.
// Prints both ports as JSON when both listen.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const [kind] = process.argv.slice(2);
process.on('SIGTERM', () => {
  if (kind === 'polite') process.exit(3);
});
process.on('SIGINT', () => {});

const server = createServer().listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  if (kind === 'child') {
    process.stdout.write(`${port}`);
    return;
  }
  const child = spawn(process.execPath, [process.argv[1], 'child'], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', text => process.stdout.write(JSON.stringify([port, Number(text)])));
});
