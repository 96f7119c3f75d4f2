/** The `@anthropic-ai/sdk` package as it is, with another base URL: it adds `/v1/messages` itself. */
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: process.env.CHATLET_URL ?? 'http://localhost:8000',
  // The package requires a key; a server without keys takes any from programs on its own machine.
  apiKey: process.env.CHATLET_KEY ?? 'none',
});

const stream = client.messages.stream({
  model: 'default',
  max_tokens: 1000,
  messages: [{role: 'user', content: process.argv[2] ?? 'Hello!'}],
});
stream.on('text', (text) => process.stdout.write(text));
await stream.finalMessage();
process.stdout.write('\n');
