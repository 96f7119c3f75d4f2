/** One server: the GraphQL API at /graphql, and a chat that reads and changes the list through it. */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {createYoga} from 'graphql-yoga';
import {createChatServer, graphqlTools} from '@chatlet/server';
import {todoSchema} from './schema.mjs';

const {PORT = '8000', TODOS = 'todos.db', OPENAI_BASE_URL, OPENAI_API_KEY} = process.env;

// The chat asks the API over HTTP like any other client, so it could as well run elsewhere.
const api = createServer(createYoga({schema: todoSchema(TODOS)}));
await new Promise((resolve) => api.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${api.address().port}/graphql`;

const chat = createChatServer({
  databaseUrl: process.env.CHATLET_DATABASE_URL ?? 'sqlite:chats.db',
  ...(OPENAI_BASE_URL && {openai: {baseUrl: OPENAI_BASE_URL, apiKey: OPENAI_API_KEY}}),
  tools: await graphqlTools({
    endpoint,
    operations: await readFile(new URL('operations.graphql', import.meta.url), 'utf8'),
  }),
  page: {heading: 'My list', starters: ['What is on my list?', 'Add milk to my list']},
});
// The same API for everybody else, beside the chat.
chat.app.use('/graphql', createYoga({schema: todoSchema(TODOS), graphqlEndpoint: '/graphql'}));

const {url} = await chat.listen({port: Number(PORT)});
console.log(`The list and its chat: ${url} (GraphQL at ${url}/graphql)`);

process.once('SIGTERM', async () => {
  await chat.close();
  api.close();
  api.closeAllConnections();
});
