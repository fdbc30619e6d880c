// @ts-check
import { createServer } from 'node:http';

/**
 * Starts a fake Ollama, whose model quotes the user's message at once.
 * @returns {Promise<{ env: Record<string, string>, close: () => Promise<void> }>} `env`: makes CachiBot use it
 */
export async function openQuotingModel() {
  const server = createServer(async (request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (request.url === '/api/tags') return response.end(JSON.stringify({ models: [{ name: 'fake:latest' }] }));
    if (request.url === '/api/show') return response.end(JSON.stringify({ capabilities: ['completion', 'tools'] }));
    let body = '';
    for await (const part of request) body += part;
    /** @type {{ messages?: { role: string, content: string }[] }} */
    const { messages = [] } = JSON.parse(body || '{}');
    const question = messages.filter(({ role }) => role === 'user').at(-1)?.content ?? '';
    const message = { role: 'assistant', content: `You said: ${question}` };
    return response.end(JSON.stringify({ message, done: true, prompt_eval_count: 5, eval_count: 9 }));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    env: { OLLAMA_ENDPOINT: `http://127.0.0.1:${port}/api/generate`, CACHIBOT_DEFAULT_MODEL: 'ollama/fake:latest' },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
