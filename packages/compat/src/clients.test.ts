/** All clients that the README names, unmodified, each on the five journeys: text, stream, tool loop, stop, error. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import * as openai4 from 'openai4';
import * as openai5 from 'openai5';
import * as openai6 from 'openai6';
import * as openai7 from 'openai7';
import packageJson from '../package.json' with {type: 'json'};
import {aiSdkAnthropic, aiSdkCompatible, aiSdkOpenai, aiSdkOpenaiChat} from './testing/clients/ai-sdk.ts';
import {instructorJourneys} from './testing/clients/instructor.ts';
import {type Journeys, journeyNames, journeysOf, key} from './testing/clients/journeys.ts';
import {langchainAnthropic, langchainOpenai, langchainResponses} from './testing/clients/langchain.ts';
import {
  azure,
  groq,
  llamaIndex,
  mistral,
  openaiChat,
  openaiResponses,
  withoutVersion,
} from './testing/clients/openai.ts';
import {agUi, agents, anthropic, ollama} from './testing/clients/others.ts';
import {startServer} from './testing/harness.ts';

Object.assign(globalThis, {AI_SDK_LOG_WARNINGS: false});

/** By the name of the package, and the way in which it is used if there are several. */
const clients: Readonly<Record<string, Journeys>> = {
  'openai4 chat': journeysOf(openaiChat(openai4)),
  'openai5 chat': journeysOf(openaiChat(openai5)),
  'openai6 chat': journeysOf(openaiChat(openai6)),
  'openai7 chat': journeysOf(openaiChat(openai7)),
  'openai4 responses': journeysOf(openaiResponses(openai4)),
  'openai5 responses': journeysOf(openaiResponses(openai5)),
  'openai6 responses': journeysOf(openaiResponses(openai6)),
  'openai7 responses': journeysOf(openaiResponses(openai7)),
  'openai7 AzureOpenAI': journeysOf(azure),
  'openai7 without /v1': journeysOf(withoutVersion(openai7)),
  '@ai-sdk/openai default': journeysOf(aiSdkOpenai),
  '@ai-sdk/openai .chat': journeysOf(aiSdkOpenaiChat),
  '@ai-sdk/openai-compatible': journeysOf(aiSdkCompatible),
  '@ai-sdk/anthropic': journeysOf(aiSdkAnthropic),
  '@anthropic-ai/sdk': journeysOf(anthropic),
  '@openai/agents': journeysOf(agents),
  '@langchain/openai chat': journeysOf(langchainOpenai),
  '@langchain/openai responses': journeysOf(langchainResponses),
  '@langchain/anthropic': journeysOf(langchainAnthropic),
  '@instructor-ai/instructor': instructorJourneys,
  ollama: journeysOf(ollama),
  '@mistralai/mistralai': journeysOf(mistral),
  'groq-sdk': journeysOf(groq),
  '@ag-ui/client': journeysOf(agUi),
  '@llamaindex/openai': journeysOf(llamaIndex),
};

/** Packages that are no clients of this server, and clients of a page's chat. Those have test files of their own. */
const elsewhere = new Set(
  `@chatlet/protocol @chatlet/server @chatlet/testdata @types/express @types/node zod ajv ajv-formats
  @seriousme/openapi-schema-validator express express4 @types/express4 fastify @fastify/express hono @hono/node-server
  @langchain/core @llamaindex/core @llamaindex/env
  @ai-sdk/google @ai-sdk/ui-utils ai5 ai500 ai6 ai7`.split(/\s+/),
);

test('every client package is in the table, and every client has all journeys', () => {
  const packages = new Set(Object.keys(clients).map((name) => name.split(' ')[0]));
  assert.deepEqual(
    Object.keys(packageJson.devDependencies).filter((name) => !packages.has(name) && !elsewhere.has(name)),
    [],
  );
  for (const [name, journeys] of Object.entries(clients)) {
    assert.deepEqual(Object.keys(journeys), journeyNames, name);
  }
});

for (const [name, journeys] of Object.entries(clients)) {
  suite(name, () => {
    for (const journey of journeyNames) {
      test(`${name}: ${journey}`, async () => {
        await using chat = await startServer({apiKeys: [{key, plan: 'default'}], ollama: true});
        await journeys[journey](chat);
      });
    }
  });
}
