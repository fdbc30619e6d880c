import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { occupy } from './app';

interface Message {
  role: string;
  content: string;
}

/** Stands in for Ollama until the test is over: one model, which quotes what it is told. */
export async function startModel(): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => (body += chunk));
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      if (request.url === '/api/tags') return response.end(JSON.stringify({ models: [{ name: 'fake:latest' }] }));
      const { messages = [] } = JSON.parse(body || '{}') as { messages?: Message[] };
      const question = messages.filter(({ role }) => role === 'user').at(-1)?.content ?? '';
      asked.push(question);
      const message: Message = { role: 'assistant', content: `You said: ${question}` };
      return response.end(JSON.stringify({ message, done: true, prompt_eval_count: 5, eval_count: 9 }));
    });
  });
  onTestFinished(() => server.closeAllConnections());
  return { port: await occupy(0, server), asked };
}
