/** Embeddings, raw completions and moderations, with OpenAI's own client and LangChain's. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {OpenAIEmbeddings} from '@langchain/openai';
import OpenAI, {AzureOpenAI, BadRequestError, NotFoundError, PermissionDeniedError, RateLimitError} from 'openai7';
import {pause, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, collect, jsonOf, startServer} from './testing/harness.ts';

const key = 'key-of-alice';
const keyed = {
  apiKeys: [{key, plan: 'default'}],
  models: [{id: 'm'}, {id: 'embed-1', pricing: {prompt: 0.1, completion: 0}}],
  aliases: {small: 'embed-1'},
};

const clientOf = ({url}: Pick<CompatServer, 'url'>) => new OpenAI({baseURL: `${url}/v1`, apiKey: key, maxRetries: 0});

interface Usage {
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost?: number;
}

/** The caller's usage, when it is stored. */
async function usageOf(chat: CompatServer, count: number): Promise<readonly Usage[]> {
  for (;;) {
    const records = await jsonOf<readonly Usage[]>(await chat.get('/api/usage', {authorization: `Bearer ${key}`}));
    if (records.length >= count) return records;
  }
}

suite('embeddings', () => {
  test("OpenAI's client gets embeddings, also as numbers, of an alias, and from Azure's path", async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const {data, model, usage} = await client.embeddings.create({model: 'small', input: ['One', 'Three']});
    // The client asks for base64; this upstream sends numbers.
    assert.deepEqual(
      data.map(({embedding}) => [...embedding]),
      [
        [3, 0.5, -1],
        [5, 0.5, -1],
      ],
    );
    assert.deepEqual([model, usage.prompt_tokens], ['small', 2]);
    assert.deepEqual(chat.asked, {model: 'embed-1', input: ['One', 'Three'], encoding_format: 'base64'});

    const asked = {model: 'embed-1', input: 'One', encoding_format: 'float' as const, dimensions: 3};
    assert.deepEqual((await client.embeddings.create(asked)).data[0]?.embedding, [3, 0.5, -1]);
    assert.deepEqual(chat.asked, asked);

    const azure = new AzureOpenAI({endpoint: chat.url, apiKey: key, apiVersion: '2024-10-21', maxRetries: 0});
    await azure.embeddings.create({model: 'embed-1', input: [[1, 2], [3]]});
    assert.deepEqual([chat.asked['model'], chat.asked['input']], ['embed-1', [[1, 2], [3]]]);
  });

  test("LangChain's embeddings work as they come", async () => {
    await using chat = await startServer(keyed);
    const embeddings = new OpenAIEmbeddings({
      model: 'embed-1',
      apiKey: key,
      maxRetries: 0,
      configuration: {baseURL: `${chat.url}/v1`},
    });
    assert.deepEqual(await embeddings.embedDocuments(['One', 'Three']), [
      [3, 0.5, -1],
      [5, 0.5, -1],
    ]);
    assert.deepEqual(await embeddings.embedQuery('Three'), [5, 0.5, -1]);
  });

  test('embeddings count in usage, with the price of their model', async () => {
    await using chat = await startServer(keyed);
    await clientOf(chat).embeddings.create({model: 'embed-1', input: ['One', 'two']});
    const [record] = await usageOf(chat, 1);
    assert.partialDeepStrictEqual(record, {model: 'embed-1', promptTokens: 2, completionTokens: 0, cost: 0.0002});
  });

  test('embeddings keep within the plan: its rate, its length, its models', async () => {
    const plan = {name: 'default', perMinute: 2, maxPromptLength: 10, models: ['embed-1']};
    await using chat = await startServer({...keyed, plans: [plan]});
    const client = clientOf(chat);
    await assert.rejects(client.embeddings.create({model: 'embed-1', input: ['x', 'x'.repeat(11)]}), BadRequestError);
    await assert.rejects(client.embeddings.create({model: 'another', input: 'x'}), NotFoundError);
    assert.deepEqual(chat.requests, []);
    await assert.rejects(client.embeddings.create({model: 'embed-1', input: 'x'}), RateLimitError);
  });

  test('visitors get no embeddings', async () => {
    await using chat = await startServer(keyed);
    const response = await chat.post(
      '/v1/embeddings',
      {model: 'embed-1', input: 'x'},
      {origin: 'http://localhost:5173'},
    );
    assert.equal(response.status, 401);
    await response.text();
  });

  test('a refusal of the upstream keeps its kind and loses its words; an upstream without embeddings is named', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const asked = {model: 'embed-1', input: 'a secret text of people'};
    const cases = [
      [429, {error: {message: 'slow down'}}, RateLimitError],
      [404, {error: {message: 'The model embed-1 does not exist'}}, NotFoundError],
      [404, {detail: 'Not Found'}, NotFoundError],
      [500, {error: {message: 'sk-canary-1234567890 a secret text of people'}}, OpenAI.InternalServerError],
    ] as const;
    for (const [status, body, Class] of cases) {
      chat.upstream.further = refuses(status, body);
      await assert.rejects(client.embeddings.create(asked), (error) => {
        assert.ok(error instanceof Class, String(error));
        assertSafe(error.message);
        return true;
      });
    }
    chat.upstream.further = refuses(404, {detail: 'Not Found'});
    await assert.rejects(client.embeddings.create(asked), /no embeddings/);
    assert.doesNotMatch(JSON.stringify(chat.reported.map(String)), /secret text/);
  });

  test('a server whose models have no embeddings says so', async () => {
    const provider = {id: 'own', models: async () => [{id: 'm', name: 'M'}], async *answer() {}};
    await using chat = await startServer({...keyed, providers: [provider]});
    await assert.rejects(clientOf(chat).embeddings.create({model: 'embed-1', input: 'x'}), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.code, 'unknown_url');
      assert.match(error.message, /No upstream of this server has embeddings/);
      return true;
    });
  });
});

suite('raw completions and moderations', () => {
  test("OpenAI's client gets completions, whole and streamed, and they count", async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const asked = {model: 'm', prompt: 'Once', max_tokens: 5, temperature: 0};
    const whole = await client.completions.create(asked);
    assert.equal(whole.choices[0]?.text, ' Once');
    assert.deepEqual(chat.asked, asked);
    // This upstream does not stream; the answer is one piece.
    const chunks = await collect(await client.completions.create({...asked, stream: true}));
    assert.equal(chunks.map(({choices: [choice]}) => choice?.text ?? '').join(''), ' Once');
    const records = await usageOf(chat, 2);
    assert.partialDeepStrictEqual(records[0], {model: 'm', promptTokens: 1, completionTokens: 2});
    await assert.rejects(client.completions.create({...asked, model: 'no-such-model'}), NotFoundError);
    await assert.rejects(client.completions.create({...asked, n: 5}), /n must not be more than 4/);
  });

  function piece(text: string, reason: string | null = null): string {
    const choices = [{text, index: 0, logprobs: null, finish_reason: reason}];
    const chunk = {id: 'cmpl-1', object: 'text_completion', created: 1, model: 'at-the-upstream', choices};
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }

  test("OpenAI's client gets a streamed completion piece by piece, and it counts", async () => {
    await using chat = await startServer(keyed);
    const halfway = pause();
    chat.upstream.further = async (exchange) => {
      await exchange.write(piece('One '));
      await halfway.here();
      // This upstream has no end mark.
      exchange.end(piece('two', 'stop'));
    };
    const texts: (string | undefined)[] = [];
    for await (const chunk of await clientOf(chat).completions.create({model: 'm', prompt: 'Count', stream: true})) {
      texts.push(chunk.choices[0]?.text);
      assert.equal(chunk.model, 'm');
      halfway.go();
    }
    assert.deepEqual(texts, ['One ', 'two']);
    assert.equal(chat.asked['stream'], true);
    const [record] = await usageOf(chat, 1);
    assert.partialDeepStrictEqual(record, {model: 'm', promptTokens: 1, completionTokens: 2});
  });

  test("a streamed completion that breaks off is an error of OpenAI's client, is not asked again, and counts", async () => {
    await using chat = await startServer(keyed);
    for (const breaks of ['cut', 'end', 'error'] as const) {
      chat.upstream.further = async (exchange) => {
        await exchange.write(piece('Half '));
        if (breaks === 'cut') exchange.cut();
        else exchange.end(breaks === 'end' ? '' : 'data: {"error":{"message":"canary"}}\n\n');
      };
      const asked = chat.requests.length;
      const texts: (string | undefined)[] = [];
      await assert.rejects(async () => {
        for await (const {choices} of await clientOf(chat).completions.create({
          model: 'm',
          prompt: 'x',
          stream: true,
        })) {
          texts.push(choices[0]?.text);
        }
      }, OpenAI.APIError);
      assert.deepEqual([texts, chat.requests.length - asked], [['Half '], 1], breaks);
    }
    assert.equal((await usageOf(chat, 3)).length, 3);
  });

  test('a refusal of a streamed completion keeps its status, and leaving frees the upstream', async () => {
    await using chat = await startServer(keyed);
    const ask = () => clientOf(chat).completions.create({model: 'm', prompt: 'x', stream: true});
    chat.upstream.further = refuses(429, {error: {message: 'slow down'}});
    await assert.rejects(ask(), RateLimitError);
    const freed = Promise.withResolvers<number>();
    chat.upstream.further = async (exchange) => {
      await exchange.write(piece('One '));
      freed.resolve(await exchange.abandoned);
    };
    for await (const _ of await ask()) break;
    await freed.promise;
  });

  test('raw completions are refused if the operator has instructions for the model', async () => {
    await using chat = await startServer({...keyed, instructions: 'Speak of lamps only.'});
    await assert.rejects(clientOf(chat).completions.create({model: 'm', prompt: 'Once'}), PermissionDeniedError);
    assert.deepEqual(chat.requests, []);
  });

  test("OpenAI's client gets moderations, with a model or without", async () => {
    await using chat = await startServer(keyed);
    const {results} = await clientOf(chat).moderations.create({input: ['a', 'b']});
    assert.deepEqual(results, [{flagged: false}, {flagged: false}]);
    assert.deepEqual(chat.asked, {input: ['a', 'b']});
    await clientOf(chat).moderations.create({model: 'omni', input: [{type: 'text', text: 'a'}]});
    assert.partialDeepStrictEqual(chat.asked, {model: 'omni'});
  });
});
