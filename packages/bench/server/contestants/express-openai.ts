/** A server as teams write it with the official SDK: Express, `openai`, a loop over the chunks. */
import {once} from 'node:events';
import {createServer} from 'node:http';
import express from 'express';
import OpenAI, {APIError} from 'openai';
import {listen} from './listen.ts';
import {endEvent, errorEvent, refuse, startEvents, textEvent} from './relay.ts';
import {upstreamUrl} from './upstream-url.ts';

const openai = new OpenAI({baseURL: upstreamUrl, apiKey: 'bench'});
const app = express();
app.disable('x-powered-by');

app.post('/v1/chat/completions', express.json(), async (request, response) => {
  const stop = new AbortController();
  response.on('close', () => stop.abort());
  const {model, messages} = request.body;
  try {
    const chunks = await openai.chat.completions.create({model, messages, stream: true}, {signal: stop.signal});
    startEvents(response);
    for await (const chunk of chunks) {
      const text = chunk.choices[0]?.delta.content;
      if (text && !response.write(textEvent(text))) await once(response, 'drain', {signal: stop.signal});
    }
    response.end(endEvent);
  } catch (error) {
    if (stop.signal.aborted) return;
    if (response.headersSent) response.end(errorEvent('The answer was cut off.'));
    else if (error instanceof APIError)
      refuse(response, error.status ?? 502, error.headers?.get('retry-after') ?? undefined);
    else refuse(response, 502, undefined);
  }
});

listen(createServer(app));
