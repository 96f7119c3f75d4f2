import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import {ends, says, scripted} from '../providers/testing/scripted-provider.ts';
import {fakeRetriever, reportPassage} from '../testing/fake-retriever.ts';
import {type TestServer, startChat} from '../testing/chat-server.ts';

const source = {id: 'report.md#3', title: 'Annual report', url: 'https://example.com/report'};
const quotes = ['Revenue in Q4 was 12.4 million euros', '8 % more than in Q3'] as const;
const sentences = ['It was 12.4 million.', ' That is 8 % more.', ' Nice!'] as const;
const text = sentences.join('');
const section = 'Results › Fourth quarter';

/** A server whose model cites one passage twice. */
async function startCiting(): Promise<TestServer> {
  const model = scripted(async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
    yield [says(`${sentences[0]} [[1: "${quotes[0]}"]]${sentences[1]}`)];
    yield [says(` [[1: "${quotes[1]}"]]`), says(sentences[2]), ends];
  });
  return startChat({
    providers: [model],
    retriever: fakeRetriever(reportPassage),
    plans: [{name: 'default', retrieval: true}],
  });
}

const question = {messages: [{role: 'user', content: 'What about Q4?'}], model: 'm'};

async function ask(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  await using chat = await startCiting();
  const response = await chat.post(path, body, headers);
  const answer = await response.text();
  assert.equal(response.status, 200, answer);
  assert.doesNotMatch(answer, /\[\[/u);
  return answer;
}

interface Annotation {
  readonly url: string;
  readonly start_index: number;
  readonly end_index: number;
  readonly content?: string;
}

/** All objects in the data of a stream, or in a whole answer, that pass the test, wherever they stand. */
function find<Found>(value: unknown, matches: (object: Readonly<Record<string, unknown>>) => boolean): Found[] {
  if (Array.isArray(value)) return value.flatMap((each) => find<Found>(each, matches));
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Readonly<Record<string, unknown>>;
  return matches(object) ? [object as Found] : Object.values(object).flatMap((each) => find<Found>(each, matches));
}

function dataIn(stream: string): readonly unknown[] {
  return [...stream.matchAll(/^data: (\{.*\})$/gmu)].map(([, data = '']) => JSON.parse(data) as unknown);
}

const cited = ({start_index, end_index}: Annotation) => text.slice(start_index, end_index);

suite('citations in every API that has a place for them', () => {
  test('OpenAI’s chat completions name the sentence of each mark, streamed and whole', async () => {
    for (const stream of [true, false]) {
      const answer = await ask('/v1/chat/completions', {...question, stream});
      const body = stream ? dataIn(answer) : (JSON.parse(answer) as unknown);
      const annotations = find<Annotation>(body, (object) => 'end_index' in object);
      assert.deepEqual(annotations.map(cited), [sentences[0], sentences[1].trim()]);
      assert.deepEqual(
        annotations.map(({url, content}) => [url, content]),
        quotes.map((quote) => [source.url, quote]),
      );
    }
  });

  test('OpenAI’s responses name the sentence of each mark, streamed and whole', async () => {
    for (const stream of [true, false]) {
      const answer = await ask('/v1/responses', {model: 'm', input: 'What about Q4?', stream});
      const body = stream ? dataIn(answer).at(-1) : (JSON.parse(answer) as unknown);
      const annotations = find<Annotation>(body, (object) => 'end_index' in object);
      assert.deepEqual(annotations.map(cited), [sentences[0], sentences[1].trim()]);
      assert.equal(stream, answer.includes('response.output_text.annotation.added'));
    }
  });

  test('Anthropic’s messages have the marks on the pieces of text that they are about, streamed and whole', async () => {
    const whole = JSON.parse(await ask('/v1/messages', {...question, max_tokens: 99})) as {
      content: readonly {text: string; citations: readonly {cited_text: string; url: string}[] | null}[];
    };
    assert.deepEqual(
      whole.content.map((block) => [block.text, block.citations?.map(({cited_text}) => cited_text)]),
      [
        [sentences[0], [quotes[0]]],
        [sentences[1], [quotes[1]]],
        [sentences[2], undefined],
      ],
    );
    const streamed = dataIn(await ask('/v1/messages', {...question, max_tokens: 99, stream: true}));
    const marks = find<{index: number; delta: {citation: {cited_text: string}}}>(
      streamed,
      (object) => find(object['delta'], ({type}) => type === 'citations_delta').length > 0,
    );
    assert.deepEqual(
      marks.map(({index, delta}) => [index, delta.citation.cited_text]),
      quotes.map((quote, index) => [index, quote]),
    );
  });

  test('/chat/stream has keys of their own for sources and marks, streamed and whole', async () => {
    const body = {...question, ragEnabled: true};
    const frames = dataIn(await ask('/chat/stream', body)) as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual(frames, [
      {content: sentences[0]},
      {content: '', sources: [{...source, quote: quotes[0], section}]},
      {content: '', citations: [{sourceId: source.id, quote: quotes[0]}]},
      {content: sentences[1]},
      {content: '', citations: [{sourceId: source.id, quote: quotes[1]}]},
      {content: sentences[2]},
      {content: '', grounded: true},
    ]);
    const whole: unknown = JSON.parse(await ask('/chat/stream', {...body, stream: false}));
    assert.deepEqual(whole, {
      content: text,
      finishReason: 'stop',
      sources: [{type: 'source', ...source, quote: quotes[0], section}],
      citations: [
        {at: sentences[0].length, sourceId: source.id, quote: quotes[0]},
        {at: sentences[0].length + sentences[1].length, sourceId: source.id, quote: quotes[1]},
      ],
      grounded: true,
    });
  });

  test('the AI SDK gets sources as its own, and marks as data with their places', async () => {
    const frames = dataIn(await ask('/api/chat?protocol=ui-message-stream', {...question, id: 'c1'}));
    const {id: sourceId, url, title} = source;
    assert.deepEqual(
      find(frames, ({type}) => type === 'source-url'),
      [{type: 'source-url', sourceId, url, title}],
    );
    assert.deepEqual(
      find<{data: object}>(frames, ({type}) => type === 'data-citation').map(({data}) => data),
      [
        {sourceId, quote: quotes[0], textId: 'text-1', at: sentences[0].length},
        {sourceId, quote: quotes[1], textId: 'text-1', at: sentences[0].length + sentences[1].length},
      ],
    );
    assert.deepEqual(
      find(frames, ({type}) => type === 'finish'),
      [
        {
          type: 'finish',
          messageMetadata: {grounded: true, usage: find(frames, (object) => 'inputTokens' in object)[0]},
        },
      ],
    );
    const lines = await ask('/api/chat?protocol=ai-sdk-4', {...question, id: 'c2'});
    assert.match(lines, /^8:\[\{"type":"citation","sourceId":"report\.md#3","quote":"Revenue.*","at":20\}\]$/mu);
  });

  test('typed events and AG-UI have events for marks, and say at the end whether there was one', async () => {
    const typed = dataIn(await ask('/api/chat?protocol=typed-events', question));
    const told = [{type: 'citation', sourceId: source.id, quote: quotes[0]}];
    assert.deepEqual(
      find(typed, ({quote, type}) => type === 'citation' && quote === quotes[0]),
      told,
    );
    assert.equal(find<{grounded: boolean}>(typed, ({type}) => type === 'finish')[0]?.grounded, true);
    const run = {
      threadId: 't',
      runId: 'r',
      messages: [{id: '1', role: 'user', content: 'Q4?'}],
      tools: [],
      context: [],
    };
    const agui = dataIn(await ask('/agui', {...run, state: {}, forwardedProps: {}}));
    assert.deepEqual(
      find<{value: object}>(agui, ({name}) => name === 'citation').map(({value}) => value),
      quotes.map((quote) => ({sourceId: source.id, quote})),
    );
    assert.deepEqual(find<{result: object}>(agui, ({type}) => type === 'RUN_FINISHED')[0]?.result, {grounded: true});
  });
});
