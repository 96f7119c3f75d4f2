/** `@instructor-ai/instructor`: it reads answers by a schema, and asks again with the mistakes in them. */
import assert from 'node:assert/strict';
import {mock} from 'node:test';
import instructor from '@instructor-ai/instructor';
import {NotFoundError, OpenAI} from 'openai7';
import {z} from 'zod/v3';
import {type CompatServer, collect, endless} from '../harness.ts';
import {callsTool, structuredAnswer} from '../model.ts';
import {type Journeys, key} from './journeys.ts';

const answerSchema = z.object({answer: z.number()});
const asked = {
  model: 'm',
  messages: [{role: 'user' as const, content: 'Six times seven?'}],
  response_model: {schema: answerSchema, name: 'Answer'},
};

function completionsOf({url}: CompatServer, mode: 'TOOLS' | 'JSON' = 'JSON') {
  const client = new OpenAI({apiKey: key, baseURL: `${url}/v1`, maxRetries: 0});
  // By itself it asks again only after errors of the main version of zod, and our zod is the next one.
  return instructor({client, mode, retryAllErrors: true}).chat.completions;
}

/** It prints all mistakes. */
function silence(): Disposable {
  const mocks = [mock.method(console, 'error', () => {}), mock.method(console, 'warn', () => {})];
  return {[Symbol.dispose]: () => mocks.forEach(({mock: replaced}) => replaced.restore())};
}

export const instructorJourneys: Journeys = {
  async text(chat) {
    const {answer} = answerSchema.parse(await completionsOf(chat).create(asked));
    assert.deepEqual({answer}, JSON.parse(structuredAnswer));
  },

  async stream(chat) {
    const objects = await collect(await completionsOf(chat).create({...asked, stream: true}));
    const {answer} = answerSchema.parse(objects.at(-1));
    assert.deepEqual({answer}, JSON.parse(structuredAnswer));
  },

  /** It calls no tools: two answers are wrong, and it asks again with their mistakes. */
  async 'tool loop'(chat) {
    using _silence = silence();
    chat.script(
      callsTool('Answer', {answer: 'many'}),
      callsTool('Answer', {answer: 'some'}),
      callsTool('Answer', {answer: 42}),
    );
    const {answer} = answerSchema.parse(await completionsOf(chat, 'TOOLS').create({...asked, max_retries: 2}));
    assert.equal(answer, 42);
    assert.equal(chat.requests.length, 3);
    assert.match(JSON.stringify(chat.told.at(-1)), /Expected number/);
  },

  async stop(chat) {
    using _silence = silence();
    const {script, begun, freed} = endless();
    chat.script(script);
    const stop = new AbortController();
    const stopped = assert.rejects(completionsOf(chat).create(asked, {signal: stop.signal}), /abort/i);
    await begun;
    stop.abort();
    await freed;
    await stopped;
  },

  async error(chat) {
    using _silence = silence();
    await assert.rejects(completionsOf(chat).create({...asked, model: 'no-such-model'}), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.match(error.message, /no-such-model/);
      return true;
    });
  },
};
