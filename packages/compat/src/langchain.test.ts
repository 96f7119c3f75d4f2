/** LangChain's ChatOpenAI, unmodified, pointed at `/v1`: chat completions by default, or responses. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {AIMessage, type AIMessageChunk, HumanMessage, SystemMessage, type ToolMessage} from '@langchain/core/messages';
import {tool} from '@langchain/core/tools';
import {ChatOpenAI} from '@langchain/openai';
import {z} from 'zod';
import {type CompatServer, startServer} from './testing/harness.ts';
import {toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

const ways = [
  {name: 'ChatOpenAI', options: {}, ended: {finish_reason: 'stop'}},
  {name: 'ChatOpenAI with useResponsesApi', options: {useResponsesApi: true}, ended: {status: 'completed'}},
];

const weather = tool(async ({location}) => `Fog in ${location}`, {
  name: 'get_weather',
  description: 'The weather at a place',
  schema: z.object({location: z.string()}),
});

for (const {name, options, ended} of ways) {
  suite(name, () => {
    const modelOf = ({url}: Pick<CompatServer, 'url'>, more: object = {}) =>
      new ChatOpenAI({
        model: 'm',
        apiKey: key,
        maxRetries: 0,
        configuration: {baseURL: `${url}/v1`},
        ...options,
        ...more,
      });

    test('ChatOpenAI.invoke gives the text and the usage', async () => {
      await using chat = await startServer(keyed);
      const answer = await modelOf(chat).invoke([new SystemMessage('Be brief.'), new HumanMessage('One two three')]);
      assert.equal(answer.text, 'One two three');
      assert.partialDeepStrictEqual(answer.usage_metadata, {output_tokens: 3});
      assert.partialDeepStrictEqual(answer.response_metadata, ended);
      assert.deepEqual(chat.told, [
        {role: 'system', content: 'Be brief.'},
        {role: 'user', content: 'One two three'},
      ]);
    });

    test('ChatOpenAI.stream gives the text piece by piece', async () => {
      await using chat = await startServer(keyed);
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await modelOf(chat).stream('One two three'))
        whole = whole ? whole.concat(chunk) : chunk;
      assert.equal(whole?.text, 'One two three');
      assert.partialDeepStrictEqual(whole.usage_metadata, {output_tokens: 3});
    });

    test('tools of LangChain make the round trip, whole and streamed', async () => {
      await using chat = await startServer(keyed);
      const model = modelOf(chat).bindTools([weather]);
      const question = new HumanMessage('What is the weather in San Francisco?');
      let streamed: AIMessageChunk | undefined;
      for await (const chunk of await model.stream([question])) streamed = streamed ? streamed.concat(chunk) : chunk;
      assert.ok(streamed);
      for (const asked of [await model.invoke([question]), streamed]) {
        const [call, ...others] = asked.tool_calls ?? [];
        assert.deepEqual(others, []);
        assert.deepEqual([call?.name, call?.args], ['get_weather', toolInput]);
        assert.ok(call);
        const result: ToolMessage = await weather.invoke({...call, type: 'tool_call'});
        const history = [question, new AIMessage({content: '', tool_calls: [call]}), result];
        assert.equal((await model.invoke(history)).text, 'It says: Fog in San Francisco');
      }
    });

    test('ChatOpenAI rejects a refusal with its status', async () => {
      await using chat = await startServer(keyed);
      await assert.rejects(modelOf(chat, {model: 'no-such-model'}).invoke('Hi'), {status: 404});
      await assert.rejects(modelOf(chat, {apiKey: 'nobody-has-this'}).invoke('Hi'), {status: 401});
    });
  });
}
