/** Parses every event of the upstream and writes it anew, with node:http on both sides and nothing else. */
import {Agent, createServer, request as ask} from 'node:http';
import {createParser} from 'eventsource-parser';
import {listen} from './listen.ts';
import {readBody} from './read-body.ts';
import {endEvent, errorEvent, readChunk, refuse, startEvents, textEvent} from './relay.ts';
import {upstreamUrl} from './upstream-url.ts';

const agent = new Agent({keepAlive: true});

listen(
  createServer((request, response) => {
    const relay = async (): Promise<void> => {
      const {messages, model} = JSON.parse(await readBody(request));
      const body = JSON.stringify({model, messages, stream: true});
      const headers = {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)};
      const upstream = ask(`${upstreamUrl}/chat/completions`, {method: 'POST', agent, headers}, (answer) => {
        if (answer.statusCode !== 200) {
          answer.resume();
          refuse(response, answer.statusCode ?? 502, answer.headers['retry-after']);
          return;
        }
        startEvents(response);
        let ended = false;
        const parser = createParser({
          onEvent({data}) {
            const chunk = readChunk(data);
            ended ||= chunk.ended;
            if (chunk.text === '') return;
            if (!response.write(textEvent(chunk.text))) answer.pause();
          },
        });
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => parser.feed(text));
        response.on('drain', () => answer.resume());
        answer.on('end', () => response.end(ended ? endEvent : errorEvent('The answer was cut off.')));
        answer.on('error', () => response.end(errorEvent('The answer was cut off.')));
      });
      upstream.on('error', () => {
        if (!response.headersSent) refuse(response, 502, undefined);
      });
      response.on('close', () => upstream.destroy());
      upstream.end(body);
    };
    relay().catch(() => response.destroy());
  }),
);
