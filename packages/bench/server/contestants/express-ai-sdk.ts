/** A server as teams write it with the AI SDK: Express, `streamText`, the UI message stream piped to the response. */
import {createServer} from 'node:http';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {pipeUIMessageStreamToResponse, streamText, toUIMessageStream} from 'ai';
import express from 'express';
import {listen} from './listen.ts';
import {upstreamUrl} from './upstream-url.ts';

const provider = createOpenAICompatible({name: 'bench', baseURL: upstreamUrl, apiKey: 'bench'});
const app = express();
app.disable('x-powered-by');

app.post('/v1/chat/completions', express.json(), async (request, response) => {
  const stop = new AbortController();
  response.on('close', () => stop.abort());
  const {model, messages} = request.body;
  const result = streamText({model: provider(model), messages, abortSignal: stop.signal, onError: () => {}});
  try {
    await pipeUIMessageStreamToResponse({response, stream: toUIMessageStream({stream: result.stream})});
  } catch {
    // By then the SDK has ended the response. Express would destroy the connection, which the next question may use.
    response.end();
  }
});

listen(createServer(app));
