/** The `@ag-ui/client` package as it is, pointed at `/agui`. */
import {HttpAgent} from '@ag-ui/client';

const key = process.env.CHATLET_KEY;
const agent = new HttpAgent({
  url: `${process.env.CHATLET_URL ?? 'http://localhost:8000'}/agui`,
  headers: {...(key && {authorization: `Bearer ${key}`})},
  initialMessages: [{id: '1', role: 'user', content: process.argv[2] ?? 'Hello!'}],
});

await agent.runAgent(undefined, {
  onTextMessageContentEvent: ({event}) => void process.stdout.write(event.delta),
  // The client does not throw for an error inside the stream.
  onRunErrorEvent: ({event}) => {
    process.exitCode = 1;
    console.error(event.message);
  },
});
process.stdout.write('\n');
