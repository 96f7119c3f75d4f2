/** `raw-http` with undici.request towards the upstream, and one write for all events of a turn of the event loop. */
import {createServer} from 'node:http';
import {StringDecoder} from 'node:string_decoder';
import {createParser} from 'eventsource-parser';
import {Agent, request as ask} from 'undici';
import {listen} from './listen.ts';
import {readBody} from './read-body.ts';
import {endEvent, errorEvent, readChunk, refuse, startEvents, textEvent} from './relay.ts';
import {upstreamUrl} from './upstream-url.ts';

const dispatcher = new Agent({headersTimeout: 0, bodyTimeout: 0});

listen(
  createServer((request, response) => {
    const relay = async (): Promise<void> => {
      const {messages, model} = JSON.parse(await readBody(request));
      const stop = new AbortController();
      response.on('close', () => stop.abort());
      const answer = await ask(`${upstreamUrl}/chat/completions`, {
        method: 'POST',
        dispatcher,
        signal: stop.signal,
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({model, messages, stream: true}),
      });
      if (answer.statusCode !== 200) {
        await answer.body.dump();
        refuse(response, answer.statusCode, String(answer.headers['retry-after'] ?? ''));
        return;
      }
      startEvents(response);
      let ended = false;
      let waiting = '';
      const flush = (): void => {
        const text = waiting;
        waiting = '';
        if (text !== '' && !response.write(text)) answer.body.pause();
      };
      const parser = createParser({
        onEvent({data}) {
          const chunk = readChunk(data);
          ended ||= chunk.ended;
          if (chunk.text === '') return;
          if (waiting === '') setImmediate(flush);
          waiting += textEvent(chunk.text);
        },
      });
      const utf8 = new StringDecoder('utf8');
      answer.body.on('data', (bytes: Buffer) => parser.feed(utf8.write(bytes)));
      response.on('drain', () => answer.body.resume());
      const end = (last: string): void => {
        response.end(waiting + last);
        waiting = '';
      };
      answer.body.on('end', () => end(ended ? endEvent : errorEvent('The answer was cut off.')));
      answer.body.on('error', () => end(errorEvent('The answer was cut off.')));
    };
    relay().catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, undefined);
    });
  }),
);
