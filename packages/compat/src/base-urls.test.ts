/** Further requests of clients of OpenAI's API that add paths of their own: Groq's and Azure's. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import Groq from 'groq-sdk';
import {AzureOpenAI} from 'openai7';
import {startServer} from './testing/harness.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};
const question = {model: 'm', messages: [{role: 'user' as const, content: 'One two three'}]};

test('Groq’s client lists the models, and a deployment of Azure’s client is the model', async () => {
  await using chat = await startServer(keyed);
  const {data} = await new Groq({baseURL: chat.url, apiKey: key}).models.list();
  assert.deepEqual(
    data.map(({id}) => id),
    ['m', 'anthropic/model-name', 'small'],
  );
  const azure = {endpoint: chat.url, apiKey: key, apiVersion: '2024-10-21', deployment: 'small'};
  await new AzureOpenAI(azure).chat.completions.create({...question, model: 'gpt-4o'});
  assert.equal(chat.asked['model'], 'small');
});
