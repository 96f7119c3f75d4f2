/** The journeys of every client that can answer, stream and call tools. */
import assert from 'node:assert/strict';
import {z} from 'zod';
import {delta, pause, says} from '../../../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, endless} from '../harness.ts';
import {callsTool, toolInput} from '../model.ts';

export const key = 'key-of-alice';

/** The input of the tool. */
export const locationInput = z.object({location: z.string()});

export const journeyNames = ['text', 'stream', 'tool loop', 'stop', 'error'] as const;
export type JourneyName = (typeof journeyNames)[number];
export type Journeys = Readonly<Record<JourneyName, (chat: CompatServer) => Promise<void>>>;

export interface Asked {
  readonly question: string;
  readonly model: string;
}

/** A tool of one argument, `location`. Most clients want a schema that is not readonly. */
export interface WeatherTool {
  readonly name: 'get_weather';
  readonly description: string;
  readonly parameters: {
    type: 'object';
    properties: {location: {type: 'string'}};
    required: string[];
    additionalProperties: false;
  };
  execute(input: {readonly location: string}): string;
}

/** A client, as its users call it. */
export interface Client {
  /** A whole answer. */
  ask(chat: CompatServer, asked: Asked): Promise<string>;
  /** The pieces of a streamed answer. A failure is thrown. */
  stream(chat: CompatServer, asked: Asked & {readonly signal?: AbortSignal}): AsyncIterable<string>;
  /** Asks, runs the tool and asks again until the answer is a text. */
  useTool(chat: CompatServer, asked: Asked, tool: WeatherTool): Promise<string>;
}

/** The journeys of a client. */
export function journeysOf(client: Client): Journeys {
  return {
    async text(chat) {
      assert.equal(await client.ask(chat, {question: 'One two three', model: 'm'}), 'One two three');
    },

    /** The model writes on when its first word has been read. */
    async stream(chat) {
      const halfway = pause();
      chat.script(async (exchange) => {
        await exchange.write(delta('One '));
        await halfway.here();
        await says('two three')(exchange);
      });
      const pieces: string[] = [];
      for await (const piece of client.stream(chat, {question: 'Count', model: 'm'})) {
        pieces.push(piece);
        halfway.go();
      }
      assert.equal(pieces[0], 'One ');
      assert.equal(pieces.join(''), 'One two three');
    },

    async 'tool loop'(chat) {
      chat.script(callsTool('get_weather', toolInput, 'call_1'), callsTool('get_weather', {location: 'Rome'}));
      const inputs: object[] = [];
      const tool: WeatherTool = {
        name: 'get_weather',
        description: 'The weather at a place',
        parameters: {
          type: 'object',
          properties: {location: {type: 'string'}},
          required: ['location'],
          additionalProperties: false,
        },
        execute({location}) {
          inputs.push({location});
          return `Fog in ${location}`;
        },
      };
      const text = await client.useTool(chat, {question: 'What is it like outside?', model: 'm'}, tool);
      assert.equal(text, 'It says: Fog in Rome');
      assert.deepEqual(inputs, [toolInput, {location: 'Rome'}]);
      assert.deepEqual(
        chat.told.map(({role}) => role),
        ['user', 'assistant', 'tool', 'assistant', 'tool'],
      );
    },

    async stop(chat) {
      const {script, freed} = endless();
      chat.script(script);
      const stop = new AbortController();
      const pieces: string[] = [];
      const reading = async () => {
        for await (const piece of client.stream(chat, {question: 'Count', model: 'm', signal: stop.signal})) {
          pieces.push(piece);
          stop.abort();
        }
      };
      const read = reading().catch(() => {});
      await freed;
      await read;
      assert.equal(pieces.join(''), 'One ');
    },

    async error(chat) {
      const ask = () => client.ask(chat, {question: 'Hi', model: 'no-such-model'});
      await assert.rejects(ask, (error) => {
        const {status, message} = toRefusal(error);
        assert.equal(status, 404, String(error));
        assert.match(message, /no-such-model/);
        assertSafe(message);
        return true;
      });
      chat.script(async (exchange) => {
        await exchange.write(delta('Half an '));
        exchange.cut();
      });
      let text = '';
      await assert.rejects(async () => {
        for await (const piece of client.stream(chat, {question: 'Hi', model: 'm'})) text += piece;
      });
      assert.equal(text, 'Half an ');
    },
  };
}

/** The status of a refusal and its words, by the names that clients have for them. */
function toRefusal(error: unknown): {readonly status: unknown; readonly message: string} {
  assert.ok(error instanceof Error, String(error));
  const [status] = ['status', 'statusCode', 'status_code'].flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'number' ? [value] : [];
  });
  return {status, message: error.message};
}
