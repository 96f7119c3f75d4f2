/** The widget with backends that are not ours: an OpenAI-compatible address, a route of the AI SDK, an agent of AG-UI. */
import {randomUUID} from 'node:crypto';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {EventType} from '@ag-ui/core';
import {EventEncoder} from '@ag-ui/encoder';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {convertToModelMessages, pipeUIMessageStreamToResponse, streamText, toUIMessageStream} from 'ai';
import express from 'express';
import {offlineModel} from './offline-model.mjs';

const app = express();
const widget = dirname(fileURLToPath(import.meta.resolve('@chatlet/widget/package.json')));
app.use('/widget', express.static(join(widget, 'dist/browser')));
app.use(express.static(import.meta.dirname, {index: 'index.html', extensions: ['html']}));
app.use(express.json());

// 1. An address with OpenAI's API. Here it is a stand-in; yours is a server like vLLM, behind a check of who asks.
app.use('/v1', offlineModel());
const server = app.listen(Number(process.env.PORT ?? 8000), 'localhost', () => {
  console.log(`The page is on http://localhost:${server.address().port}`);
});
const ownAddress = () => `http://localhost:${server.address().port}/v1`;
const {OPENAI_BASE_URL, OPENAI_API_KEY: apiKey, MODEL: modelId = 'offline'} = process.env;
const model = () => createOpenAICompatible({name: 'model', baseURL: OPENAI_BASE_URL ?? ownAddress(), apiKey})(modelId);

// 2. A route of the AI SDK, as for `useChat`.
app.post('/ai-sdk', async (req, res) => {
  const messages = await convertToModelMessages(req.body.messages);
  const {stream} = streamText({model: model(), messages});
  await pipeUIMessageStreamToResponse({response: res, stream: toUIMessageStream({stream})});
});

// 3. An agent that speaks AG-UI.
app.post('/agent', async (req, res) => {
  const {threadId, runId, messages} = req.body;
  const encoder = new EventEncoder();
  const messageId = randomUUID();
  const send = (event) => res.write(encoder.encode(event));
  res.set({'Content-Type': encoder.getContentType(), 'Cache-Control': 'no-cache'});
  send({type: EventType.RUN_STARTED, threadId, runId});
  send({type: EventType.TEXT_MESSAGE_START, messageId, role: 'assistant'});
  const asked = messages.filter(({role}) => role === 'user' || role === 'assistant');
  const {textStream} = streamText({model: model(), messages: asked.map(({role, content}) => ({role, content}))});
  for await (const delta of textStream) {
    if (delta !== '') send({type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta});
  }
  send({type: EventType.TEXT_MESSAGE_END, messageId});
  send({type: EventType.RUN_FINISHED, threadId, runId});
  res.end();
});
