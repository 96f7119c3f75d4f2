/** `responses` of OpenAI's own client, two of its majors, unmodified. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import * as openai6 from 'openai6';
import * as openai7 from 'openai7';
import {zodTextFormat} from 'openai7/helpers/zod';
import type {
  FunctionTool,
  Response,
  ResponseInputItem,
  ResponseStreamEvent,
} from 'openai7/resources/responses/responses';
import {z} from 'zod';
import {delta, pause, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, collect, endless, startServer} from './testing/harness.ts';
import {actingTools} from './testing/acting-tools.ts';
import {callsTool, structuredAnswer, thought, toolInput} from './testing/model.ts';

type Sdk = typeof openai7;
type Client = openai7.OpenAI;

const majors: readonly {readonly name: string; readonly sdk: Sdk}[] = [
  // The parts that are used here are equal in both majors; only their types are separate.
  {name: 'openai 6.49', sdk: openai6 as unknown as Sdk},
  {name: 'openai 7.57', sdk: openai7},
];

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

const question = {model: 'm', input: 'One two three'};

const weather: FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather at a place',
  parameters: {type: 'object', properties: {location: {type: 'string'}}, required: ['location']},
  strict: false,
};

function clientOf({OpenAI}: Sdk, {url}: Pick<CompatServer, 'url'>, more: object = {}): Client {
  return new OpenAI({apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, ...more});
}

function callsIn({output}: Pick<Response, 'output'>) {
  return output.filter((item) => item.type === 'function_call');
}

/** The output as it came. The type of the client has kinds of items that cannot be sent. */
function sendable({output}: Response): readonly ResponseInputItem[] {
  return output.filter(({type}) => type !== 'additional_tools') as ResponseInputItem[];
}

/** The events rise by one each, and end with this one. */
function assertInOrder(events: readonly ResponseStreamEvent[], last: string): void {
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, number) => number),
  );
  assert.equal(events.at(-1)?.type, last);
}

for (const {name, sdk} of majors) {
  suite(`responses of ${name}`, () => {
    test("responses.create of OpenAI's client gives a whole response", async () => {
      await using chat = await startServer(keyed);
      const response = await clientOf(sdk, chat).responses.create({...question, instructions: 'Be brief.'});
      assert.equal(response.output_text, 'One two three');
      assert.equal(response.status, 'completed');
      assert.equal(response.usage?.output_tokens, 3);
      assert.equal(typeof response._request_id, 'string');
      assert.deepEqual(chat.told, [
        {role: 'system', content: 'Be brief.'},
        {role: 'user', content: 'One two three'},
      ]);
    });

    test('responses.create with stream gives numbered events, from created to completed', async () => {
      await using chat = await startServer(keyed);
      const stream = await clientOf(sdk, chat).responses.create({...question, input: 'Think of one', stream: true});
      const events = await collect(stream);
      assertInOrder(events, 'response.completed');
      const said = (type: string) =>
        events
          .flatMap((event) =>
            event.type === type && 'delta' in event && typeof event.delta === 'string' ? [event.delta] : [],
          )
          .join('');
      assert.equal(said('response.output_text.delta'), 'Think of one');
      assert.equal(said('response.reasoning_summary_text.delta'), thought);
      const types = events.map(({type}) => type).filter((type, index, all) => type !== all[index - 1]);
      assert.deepEqual(types, [
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.reasoning_summary_part.added',
        'response.reasoning_summary_text.delta',
        'response.reasoning_summary_text.done',
        'response.reasoning_summary_part.done',
        'response.output_item.done',
        'response.output_item.added',
        'response.content_part.added',
        'response.output_text.delta',
        'response.output_text.done',
        'response.content_part.done',
        'response.output_item.done',
        'response.completed',
      ]);
    });

    test('the helper responses.stream joins the events to the same response as retrieve gives', async () => {
      await using chat = await startServer(keyed);
      const client = clientOf(sdk, chat);
      const {output_parsed: _, ...final} = await client.responses.stream(question).finalResponse();
      assert.equal(final.output_text, 'One two three');
      const {_request_id: _id, ...kept} = await client.responses.retrieve(final.id);
      assert.deepEqual(
        kept.output,
        final.output.map(({...item}) => withoutParsed(item)),
      );
      assert.deepEqual([kept.id, kept.status, kept.usage], [final.id, final.status, final.usage]);
    });

    test('responses.parse reads the answer by a schema', async () => {
      await using chat = await startServer(keyed);
      const format = zodTextFormat(z.object({answer: z.number()}), 'answer');
      const response = await clientOf(sdk, chat).responses.parse({...question, text: {format}});
      assert.deepEqual(response.output_parsed, JSON.parse(structuredAnswer));
      assert.partialDeepStrictEqual(chat.asked['response_format'], {
        type: 'json_schema',
        json_schema: {name: 'answer'},
      });
    });

    test('two rounds of tools go on by previous_response_id, whole and streamed', async () => {
      await using chat = await startServer(keyed);
      const {responses} = clientOf(sdk, chat);
      for (const stream of [false, true]) {
        const ask = async (more: {input: string | ResponseInputItem[]; previous_response_id?: string}) => {
          const request = {model: 'm', tools: [weather], ...more};
          return stream ? responses.stream(request).finalResponse() : responses.create(request);
        };
        let response: Response = await ask({input: 'What is the weather in San Francisco?'});
        for (let round = 0; round < 2; round++) {
          const [call, ...others] = callsIn(response);
          assert.ok(call);
          assert.deepEqual(others, []);
          assert.deepEqual([call.name, JSON.parse(call.arguments)], ['get_weather', toolInput]);
          response = await ask({
            previous_response_id: response.id,
            input: [
              {type: 'function_call_output', call_id: call.call_id, output: 'Fog'},
              ...(round === 0 ? [{role: 'user' as const, content: 'And what is the weather there now?'}] : []),
            ],
          });
        }
        assert.equal(response.output_text, 'It says: Fog');
        assert.deepEqual(
          chat.told.map(({role}) => role),
          ['user', 'assistant', 'tool', 'user', 'assistant', 'tool'],
        );
      }
    });

    test('the whole conversation can be sent along, with the output as it came, and nothing is stored', async () => {
      await using chat = await startServer(keyed);
      const {responses} = clientOf(sdk, chat);
      const asked = {model: 'm', tools: [weather], store: false, include: ['reasoning.encrypted_content' as const]};
      const input: ResponseInputItem[] = [
        {role: 'user', content: [{type: 'input_text', text: 'Think of the weather in San Francisco'}]},
      ];
      const first = await responses.create({...asked, tools: [], input});
      input.push(...sendable(first), {role: 'user', content: 'The weather?'});
      const second = await responses.create({...asked, input});
      const [call] = callsIn(second);
      assert.ok(call);
      input.push(...sendable(second), {type: 'function_call_output', call_id: call.call_id, output: 'Fog'});
      const third = await responses.create({...asked, input});
      assert.equal(third.output_text, 'It says: Fog');
      await assert.rejects(responses.retrieve(third.id), {status: 404});
    });

    test('aborting a streamed response frees the upstream, stored or not', async () => {
      await using chat = await startServer(keyed);
      for (const store of [true, false]) {
        const {script, begun, freed} = endless();
        chat.script(script);
        const stream = await clientOf(sdk, chat).responses.create({...question, stream: true, store});
        await begun;
        stream.controller.abort();
        await freed;
      }
    });

    test('a background response goes on without its reader, is polled, and is cancelled', async () => {
      await using chat = await startServer(keyed);
      const {responses} = clientOf(sdk, chat);
      const halfway = pause();
      chat.script(async (exchange) => {
        await exchange.write(delta('One '));
        await halfway.here();
        await exchange.abandoned;
      });
      const begun = await responses.create({...question, background: true});
      assert.equal(begun.status, 'queued');
      await halfway.reached;
      assert.equal((await responses.retrieve(begun.id)).status, 'in_progress');
      halfway.go();
      const cancelled = await responses.cancel(begun.id);
      assert.equal(cancelled.status, 'cancelled');
      assert.equal((await responses.retrieve(begun.id)).output_text, 'One ');
      await responses.delete(begun.id);
      await assert.rejects(responses.retrieve(begun.id), {status: 404});
    });

    test('the rest of a background stream is read by its number', async () => {
      await using chat = await startServer(keyed);
      const {responses} = clientOf(sdk, chat);
      const events: ResponseStreamEvent[] = [];
      for await (const event of await responses.create({...question, background: true, stream: true})) {
        events.push(event);
        if (event.type === 'response.output_text.delta') break;
      }
      const [first] = events;
      assert.ok(first?.type === 'response.created');
      const after = events.at(-1)?.sequence_number ?? 0;
      events.push(
        ...(await collect(await responses.retrieve(first.response.id, {stream: true, starting_after: after}))),
      );
      assertInOrder(events, 'response.completed');
      const end = events.at(-1);
      assert.ok(end?.type === 'response.completed');
      assert.equal(end.response.output[0]?.type, 'message');
    });

    test('refusals are the errors of the client, with the field that is wrong', async () => {
      await using chat = await startServer(keyed);
      const {responses} = clientOf(sdk, chat);
      await assert.rejects(responses.create({...question, model: 'no-such-model'}), sdk.NotFoundError);
      await assert.rejects(responses.create({...question, temperature: 3}), (error) => {
        assert.ok(error instanceof sdk.BadRequestError);
        assert.equal(error.param, 'temperature');
        return true;
      });
      await assert.rejects(responses.create({...question, tools: [{type: 'web_search'}]}), {param: 'tools[0].type'});
      await assert.rejects(clientOf(sdk, chat, {apiKey: 'nobody'}).responses.create(question), sdk.AuthenticationError);
      chat.script(refuses(429, {error: {message: 'canary'}}, {'retry-after': '7'}));
      await assert.rejects(responses.create({...question, stream: true}), sdk.RateLimitError);
    });

    test('a failure in the middle of a stream is an error of the client, and the stored response has failed', async () => {
      await using chat = await startServer(keyed);
      const {responses} = clientOf(sdk, chat);
      chat.script(async (exchange) => {
        await exchange.write(delta('One '));
        exchange.end(`data: ${JSON.stringify({error: {message: 'canary', type: 'server_error'}})}\n\n`);
      });
      let id = '';
      const reading = async () => {
        for await (const event of await responses.create({...question, stream: true})) {
          if (event.type === 'response.created') ({id} = event.response);
        }
      };
      await assert.rejects(reading(), (error) => {
        assert.ok(error instanceof sdk.APIError);
        assertSafe(error.message);
        return true;
      });
      const kept = await responses.retrieve(id);
      assert.equal(kept.status, 'failed');
      assert.equal(typeof kept.error?.code, 'string');
    });
  });
}

/** The helper adds what it has parsed. */
function withoutParsed(item: object): unknown {
  return JSON.parse(JSON.stringify(item, (name, value: unknown) => (name === 'parsed' ? undefined : value)));
}

test('responses of AzureOpenAI are answered at the paths that it makes', async () => {
  await using chat = await startServer(keyed);
  const client = new openai7.AzureOpenAI({endpoint: chat.url, apiKey: key, apiVersion: '2025-04-01-preview'});
  const {id, output_text: text} = await client.responses.create(question);
  assert.equal(text, 'One two three');
  assert.equal((await client.responses.retrieve(id)).status, 'completed');
});

for (const {name, sdk} of majors) {
  suite(`the tools of the server in \`responses\` of ${name}`, () => {
    const tools = [{type: 'mcp' as const, server_label: 'site'}];
    const requestsIn = ({output}: Response) => output.filter((item) => item.type === 'mcp_approval_request');
    const approval = (id: string, approve = true, reason?: string) => ({
      type: 'mcp_approval_response' as const,
      approval_request_id: id,
      approve,
      ...(reason !== undefined && {reason}),
    });

    test(`S2.13: a call waits as an approval request, and runs once when the response is approved, with ${name}`, async () => {
      const ran: unknown[] = [];
      await using chat = await startServer({...keyed, tools: actingTools(ran)});
      const client = clientOf(sdk, chat);
      chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
      const asked = await client.responses.create({model: 'm', input: 'Tell Ada', tools});
      const [request] = requestsIn(asked);
      assert.ok(request);
      assert.deepEqual([request.name, request.arguments, request.server_label], ['send', '{"to":"Ada"}', 'site']);
      assert.deepEqual(ran, []);
      const next = {model: 'm', tools, previous_response_id: asked.id, input: [approval(request.id)]};
      const done = await client.responses.create(next);
      const [call] = done.output;
      assert.ok(call?.type === 'mcp_call');
      assert.deepEqual([call.name, call.output, call.approval_request_id], ['send', 'Sent to Ada.', request.id]);
      assert.equal(done.output_text, 'It says: Sent to Ada.');
      assert.deepEqual(ran, [{to: 'Ada'}]);
      assert.deepEqual((await client.responses.retrieve(asked.id)).output, asked.output);
      await assert.rejects(client.responses.create(next), {status: 409, message: /This was answered already/});
      assert.equal(ran.length, 1);
    });

    test(`a refusal reaches the model with its reason, in a stream with events in order, with ${name}`, async () => {
      const ran: unknown[] = [];
      await using chat = await startServer({...keyed, tools: actingTools(ran)});
      const client = clientOf(sdk, chat);
      chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
      const stream = await client.responses.create({model: 'm', input: 'Tell Ada', tools, stream: true});
      const events = await collect(stream);
      assertInOrder(events, 'response.completed');
      const last = events.at(-1);
      assert.ok(last?.type === 'response.completed');
      const [request] = requestsIn(last.response);
      assert.ok(request);
      const input = [
        {role: 'user' as const, content: 'Tell Ada'},
        ...sendable(last.response),
        approval(request.id, false, 'Not to Ada.'),
      ];
      const told = client.responses.stream({model: 'm', tools, input});
      assertInOrder(await collect(told), 'response.completed');
      const final = await told.finalResponse();
      assert.equal(final.output_text, 'It says: The person refused, and said: Not to Ada.');
      assert.deepEqual(ran, []);
    });

    test(`calls that need no approval are streamed with their results, with ${name}`, async () => {
      await using chat = await startServer({...keyed, tools: actingTools([])});
      chat.script(callsTool('look', {}, 'call_1'));
      const stream = clientOf(sdk, chat).responses.stream({model: 'm', input: 'Look', tools});
      const types = (await collect(stream)).map(({type}) => type);
      assert.deepEqual(
        types.filter((type) => type.includes('mcp')),
        [
          'response.mcp_call.in_progress',
          'response.mcp_call_arguments.delta',
          'response.mcp_call_arguments.done',
          'response.mcp_call.completed',
        ],
      );
      const {output} = await stream.finalResponse();
      assert.deepEqual(
        output.map((item) => [item.type, item.type === 'mcp_call' && item.output]),
        [
          ['mcp_call', 'seen'],
          ['message', false],
        ],
      );
    });
  });
}
