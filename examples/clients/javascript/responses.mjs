/** OpenAI's Responses API with the `openai` package: one response is written in the background, read, lost and read on. */
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.CHATLET_URL ?? 'http://localhost:8000'}/v1`,
  apiKey: process.env.CHATLET_KEY ?? 'none',
  ...(!process.env.CHATLET_KEY && {defaultHeaders: {authorization: null}}),
});

let id;
let last;

/** Prints the texts of events, and remembers the place. */
async function print(events, {leaves = false} = {}) {
  for await (const event of events) {
    last = event.sequence_number;
    if (event.type === 'response.created') id = event.response.id;
    if (event.type === 'response.failed') throw new Error(event.response.error?.message);
    if (event.type !== 'response.output_text.delta') continue;
    process.stdout.write(event.delta);
    if (leaves) break;
  }
}

const input = process.argv[2] ?? 'Hello!';
// As if the connection were lost after the first words: the response goes on without its reader.
await print(await client.responses.create({input, background: true, stream: true}), {leaves: true});
await print(await client.responses.retrieve(id, {stream: true, starting_after: last}));
process.stdout.write('\n');

// The next question goes on from there.
const next = await client.responses.create({input: 'Thank you!', previous_response_id: id});
console.log(next.output_text);
