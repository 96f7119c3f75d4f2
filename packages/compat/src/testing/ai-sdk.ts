/** Shared by the tests of all providers of the AI SDK: a tool, and promises that hold for each of them. */
import assert from 'node:assert/strict';
import {APICallError, type LanguageModel, generateText, jsonSchema, tool} from 'ai7';
import {refuses} from '../../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe} from './harness.ts';

export const weather = tool({
  description: 'The weather at a place',
  inputSchema: jsonSchema<{location: string}>({
    type: 'object',
    properties: {location: {type: 'string'}},
    required: ['location'],
    additionalProperties: false,
  }),
  execute: async ({location}) => `Fog in ${location}`,
});

/** Refusals are APICallErrors with our status and sentence, and nothing of the upstream's. */
export async function assertRefusals(chat: CompatServer, modelOf: (id: string) => LanguageModel): Promise<void> {
  const asking = async (id: string) => generateText({model: modelOf(id), prompt: 'Hi', maxRetries: 0});
  await assert.rejects(asking('no-such-model'), (error) => {
    assert.ok(APICallError.isInstance(error));
    assert.deepEqual([error.statusCode, error.isRetryable], [404, false]);
    assertSafe(error.message);
    return true;
  });
  chat.script(...Array.from({length: 5}, () => refuses(500, {error: {message: 'canary'}})));
  await assert.rejects(asking('m'), (error) => {
    assert.ok(APICallError.isInstance(error));
    assert.deepEqual([error.statusCode, error.isRetryable], [502, true]);
    assert.doesNotMatch(error.message, /canary/);
    return true;
  });
}
