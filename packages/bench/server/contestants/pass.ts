/** The floor: pipes bytes between client and upstream with bare node:http and looks at none of them. */
import {Agent, createServer, request as ask} from 'node:http';
import {pipeline} from 'node:stream';
import {listen} from './listen.ts';
import {upstreamUrl} from './upstream-url.ts';

const agent = new Agent({keepAlive: true});

listen(
  createServer((request, response) => {
    const {'content-type': type = '', 'content-length': length = ''} = request.headers;
    const headers = {'content-type': type, ...(length && {'content-length': length})};
    const upstream = ask(`${upstreamUrl}/chat/completions`, {method: 'POST', agent, headers}, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => {});
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }),
);
