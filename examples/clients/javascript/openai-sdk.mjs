/** The `openai` package as it is, with another base URL. */
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.CHATLET_URL ?? 'http://localhost:8000'}/v1`,
  // The package requires a key; a server without keys does not ask programs on its own machine for one.
  apiKey: process.env.CHATLET_KEY ?? 'none',
  ...(!process.env.CHATLET_KEY && {defaultHeaders: {authorization: null}}),
});

const stream = await client.chat.completions.create({
  model: 'default',
  messages: [{role: 'user', content: process.argv[2] ?? 'Hello!'}],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
process.stdout.write('\n');
