import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {setTimeout as delay} from 'node:timers/promises';
import {type ChatEvent, type Part, asString, textOf} from '@chatlet/protocol';
import {isPassages} from '../engine/grounding/passages-prompt.ts';
import type {ProviderRequest} from '../engine/provider.ts';
import type {TurnFacts} from '../engine/run-turn.ts';
import {type ChatServerConfig, createChatServer} from '../index.ts';
import {ends, says, scripted} from '../providers/testing/scripted-provider.ts';
import {type KeptPassage, fakeRetriever, reportPassage} from '../testing/fake-retriever.ts';
import {type TestServer, answered, json, ownProtocol, startChat} from '../testing/chat-server.ts';

/** A model that cites the first passage, if it gets any. */
const citing = () =>
  scripted(async function* ({request}): AsyncGenerator<readonly ChatEvent[], void, void> {
    if (!hasPassages(request)) yield [says('I do not know.'), ends];
    else yield [says('It was 12.4 million. [[1: "Revenue in Q4 was 12.4 million euros"]]'), ends];
  });

const outputOf = (part: Part | undefined) => (part?.type === 'tool' && asString(part.output)) || '';

const hasPassages = ({messages}: ProviderRequest) => messages.some(isPassages);

const quote = 'Revenue in Q4 was 12.4 million euros';
const question = 'What does the report say about Q4?';

async function ragStart(more: ChatServerConfig = {}) {
  const model = citing();
  const retriever = fakeRetriever(reportPassage);
  const chat = await startChat({providers: [model], retriever, ...more});
  return {chat, model, retriever, [Symbol.asyncDispose]: () => chat.close()};
}

const contentBody = {messages: [{role: 'user', content: question}]};

async function content(chat: TestServer, body: object): Promise<string> {
  return (await chat.post('/chat/stream', {...contentBody, ...body}, {})).text();
}

suite('answers from documents', () => {
  test('S0.12: with ragEnabled, /chat/stream cites the report, with its sources in a key of their own', async () => {
    await using rag = await ragStart();
    const text = await content(rag.chat, {ragEnabled: true});
    const frames = [...text.matchAll(/^data: (\{.*\})$/gmu)].map(
      ([, data]) => JSON.parse(data ?? '') as {content: string; sources?: readonly object[]},
    );
    assert.equal(frames.map((frame) => frame.content).join(''), 'It was 12.4 million.');
    assert.deepEqual(
      frames.flatMap(({sources = []}) => sources),
      [
        {
          id: 'report.md#3',
          title: 'Annual report',
          url: 'https://example.com/report',
          quote,
          section: 'Results › Fourth quarter',
        },
      ],
    );
    assert.ok(text.endsWith('data: [DONE]\n\n'));
    const whole = await json<{content: string; sources: readonly object[]}>(
      await rag.chat.post('/chat/stream', {...contentBody, ragEnabled: true, stream: false}, {}),
    );
    assert.equal(whole.content, 'It was 12.4 million.');
    assert.equal(whole.sources.length, 1);
  });

  for (const body of [{}, {ragEnabled: false}, {ragEnabled: null}]) {
    test(`S0.5: ${JSON.stringify(body)} searches nothing on /chat/stream, whatever the server does elsewhere`, async () => {
      await using rag = await ragStart({retrieval: {mode: 'always'}});
      const text = await content(rag.chat, body);
      assert.match(text, /I do not know/);
      assert.doesNotMatch(text, /sources/);
      assert.equal(rag.retriever.searches.length, 0);
    });
  }

  test('our own API searches by the server’s setting, unless the request says no', async () => {
    await using rag = await ragStart();
    const {answer} = await rag.chat.ask(question, {section: 'https://example.com/docs/'});
    assert.equal(textOf(answer), 'It was 12.4 million.');
    assert.equal(answer.grounded, true);
    const [, text] = answer.parts.toSorted((a, b) => a.type.localeCompare(b.type));
    assert.deepEqual(text?.type === 'text' && text.citations, [{at: 20, sourceId: 'report.md#3', quote}]);
    assert.equal(rag.retriever.searches[0]?.options.section, 'https://example.com/docs/');
    assert.equal(rag.retriever.searches[0]?.options.limit, 12);
    const without = await rag.chat.ask(question, {retrieval: false});
    assert.equal(without.answer.grounded, undefined);
    assert.equal(rag.retriever.searches.length, 1);
  });

  test('the stored answer has its citations and its state', async () => {
    await using rag = await ragStart();
    const {chatId, answer} = await rag.chat.ask(question);
    const [, stored] = await rag.chat.messages(chatId);
    assert.deepEqual(stored?.parts, answer.parts);
    assert.equal(stored?.grounded, true);
  });

  test('the setting off wins over every request and every plan', async () => {
    await using rag = await ragStart({
      retrieval: {mode: 'off'},
      plans: [{name: 'default', retrieval: true}],
    });
    await rag.chat.ask(question, {retrieval: true});
    await content(rag.chat, {ragEnabled: true});
    await rag.chat.post('/v1/chat/completions', {model: 'm', ...contentBody}, {});
    assert.equal(rag.retriever.searches.length, 0);
  });

  const others = ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/chat'];
  for (const path of others) {
    test(`${path} searches only if the caller’s plan says so`, async () => {
      for (const plan of [undefined, false, true]) {
        await using rag = await ragStart({
          ...(plan !== undefined && {plans: [{name: 'default', retrieval: plan}]}),
        });
        const body = path === '/v1/responses' ? {input: question} : {...contentBody, max_tokens: 99};
        const response = await rag.chat.post(path, {model: 'm', ...body}, {});
        const text = await response.text();
        assert.equal(response.status, 200, text);
        assert.equal(rag.retriever.searches.length, plan ? 1 : 0, `${plan}`);
        assert.match(text, plan ? /It was 12\.4 million\./ : /I do not know/);
        assert.doesNotMatch(text, /\[\[/);
      }
    });
  }

  test('a plan may forbid the search', async () => {
    await using rag = await ragStart({plans: [{name: 'default', retrieval: false}]});
    await rag.chat.ask(question, {retrieval: true});
    assert.equal(rag.retriever.searches.length, 0);
  });

  test('UX16: an answer without one checked mark says so, and names the nearest page that its reader may read', async () => {
    const lying = scripted(async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
      yield [says('It was 14.2 million. [[1: "Revenue in Q4 was 14.2 million euros"]] [[7: "x y z"]]'), ends];
    });
    const secret: KeptPassage = {...reportPassage, id: 'plan.md#0', readers: 'users'};
    const retriever = fakeRetriever({...secret, document: {id: 'plan.md', title: 'The secret plan'}}, reportPassage);
    await using rag = await ragStart({providers: [lying], retriever});
    const {answer, text, chatId} = await rag.chat.ask(question);
    assert.equal(text, 'It was 14.2 million.');
    assert.equal(answer.grounded, false);
    assert.deepEqual(answer.followUps, ['Fourth quarter']);
    const nearestPage = {title: 'Annual report', url: 'https://example.com/report'};
    assert.deepEqual(answer.nearestPage, nearestPage);
    const [, stored] = await rag.chat.messages(chatId);
    assert.deepEqual(stored?.nearestPage, nearestPage);
    assert.match(await (await rag.chat.get('/metrics')).text(), /chatlet_citations_total\{outcome="dropped"\} 2/);
    const whole = await content(rag.chat, {ragEnabled: true, stream: false});
    assert.deepEqual((JSON.parse(whole) as {nearestPage: object}).nearestPage, nearestPage);
  });

  test('without documents answers are as if there was no search', async () => {
    await using rag = await ragStart({retriever: fakeRetriever()});
    assert.equal((await rag.chat.ask(question)).answer.grounded, undefined);
  });

  test('a search that finds nothing tells the model, and the answer is not grounded', async () => {
    const model = citing();
    const retriever = {...fakeRetriever(reportPassage), search: async () => []};
    await using chat = await startChat({providers: [model], retriever});
    assert.equal((await chat.ask(question)).answer.grounded, false);
    assert.match(textOf(model.asked[0]?.request.messages[0] ?? {parts: []}), /^No page of this site fits/);
  });

  /** A model that searches this often, and then cites the last passage that it got. */
  const searching = (times: number) => {
    const search = async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
      yield [{type: 'tool-call', callId: 'c', name: 'search', input: {query: 'Q4 revenue'}}];
      yield [{type: 'message-end', reason: 'tool-calls'}];
    };
    const answer = async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
      yield [says(`It was 12.4 million. [[1: "${quote}"]]`), ends];
    };
    const searches = Array.from({length: times}, () => search);
    return searches.length === 0 ? scripted(answer) : scripted(search, ...searches.slice(1), answer);
  };

  test('with the mode tool the model searches by itself, and cites what it found', async () => {
    const model = searching(1);
    await using rag = await ragStart({providers: [model], retrieval: {mode: 'tool'}});
    const {answer} = await rag.chat.ask(question);
    assert.equal(textOf(answer), 'It was 12.4 million.');
    assert.equal(answer.grounded, true);
    assert.deepEqual(
      rag.retriever.searches.map((search) => search.question),
      ['Q4 revenue'],
    );
    const [first, second] = model.asked;
    assert.deepEqual(
      first?.request.tools?.map(({name}) => name),
      ['search'],
    );
    assert.ok(first && !hasPassages(first.request));
    const result = second?.request.messages.at(-1)?.parts[0];
    assert.match(outputOf(result), /^Untrusted data.* passage 1: Annual report/su);
  });

  test('with the mode tool an answer without a search does not say where it is from', async () => {
    const ended = Promise.withResolvers<TurnFacts>();
    await using rag = await ragStart({
      providers: [searching(0)],
      retrieval: {mode: 'tool'},
      log: {report() {}, request() {}, turn: ended.resolve},
    });
    const {answer} = await rag.chat.ask(question);
    assert.equal(answer.grounded, undefined);
    assert.equal(rag.retriever.searches.length, 0);
    assert.equal((await ended.promise).marks, undefined);
  });

  test('with the mode tool the model can search three times, gets no passage twice, and a wrong call costs nothing', async () => {
    const model = searching(5);
    await using rag = await ragStart({providers: [model], retrieval: {mode: 'tool'}});
    const {answer} = await rag.chat.ask(question);
    assert.equal(rag.retriever.searches.length, 3);
    const outputs = answer.parts.flatMap((part) => (part.type === 'tool' ? [outputOf(part).slice(0, 14)] : []));
    assert.deepEqual(outputs, [
      'Untrusted data',
      'No page of thi',
      'No page of thi',
      'No more search',
      'No more search',
    ]);
    const wrong = scripted(
      async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
        yield [{type: 'tool-call', callId: 'c', name: 'search', input: {}}];
        yield [{type: 'message-end', reason: 'tool-calls'}];
      },
      async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
        yield [says('Hm.'), ends];
      },
    );
    await using other = await ragStart({providers: [wrong], retrieval: {mode: 'tool'}});
    assert.equal((await other.chat.ask(question)).text, 'Hm.');
    assert.equal(other.retriever.searches.length, 0);
  });

  test('with the mode tool a request with tools of its own is searched before its answer', async () => {
    await using rag = await ragStart({retrieval: {mode: 'tool'}, plans: [{name: 'default', retrieval: true}]});
    const tools = [{type: 'function', function: {name: 'look', parameters: {type: 'object'}}}];
    const response = await rag.chat.post('/v1/chat/completions', {model: 'm', ...contentBody, tools}, {});
    assert.match(await response.text(), /It was 12\.4 million\./u);
    assert.deepEqual(
      rag.model.asked[0]?.request.tools?.map(({name}) => name),
      ['look'],
    );
  });

  test('a search that fails or hangs costs nobody an answer, and the operator hears of it', async () => {
    const fake = fakeRetriever(reportPassage);
    let searches = 0;
    const retriever: typeof fake = {
      ...fake,
      async search(...args) {
        searches++;
        if (searches === 3) throw new Error('broken index');
        // The first may start a thread, and may take longer than all others.
        if (searches === 1) await delay(2_500);
        return searches === 1 ? fake.search(...args) : new Promise<never>(() => {});
      },
    };
    await using chat = await startChat({providers: [citing()], retriever});
    assert.equal((await chat.ask(question)).answer.grounded, true);
    for (const why of [/The search for passages took longer than 2 s/, /The search for passages failed/]) {
      const {answer, text} = await chat.ask(question);
      assert.equal(text, 'I do not know.');
      assert.equal(answer.grounded, undefined);
      assert.match(String((chat.reported.at(-1) as Error).cause), why);
    }
  });

  test('a stop ends the search', async () => {
    const found = Promise.withResolvers<AbortSignal>();
    const search = async (_: string, {signal}: {signal: AbortSignal}) => {
      found.resolve(signal);
      return new Promise<never>(() => {});
    };
    await using chat = await startChat({providers: [citing()], retriever: {...fakeRetriever(reportPassage), search}});
    const response = await chat.post('/api/chat', {message: {text: question}});
    const signal = await found.promise;
    await chat.post(`/api/chat/${response.headers.get('x-chat-id')}/stop`, {});
    assert.equal(signal.aborted, true);
    assert.equal((await answered(response)).answer.status, 'stopped');
  });

  /** A server without settings, as a newcomer starts it. */
  const startDemo = async (config: ChatServerConfig = {}) => {
    const server = createChatServer({databaseUrl: 'sqlite::memory:', ...config});
    const {port} = await server.listen({port: 0});
    const url = `http://127.0.0.1:${port}`;
    return {
      ask: async (text: string, chatId?: string) =>
        answered(
          await fetch(`${url}/api/chat`, {
            method: 'POST',
            headers: {'content-type': 'application/json', ...ownProtocol},
            body: JSON.stringify({message: {text}, chatId}),
          }),
        ),
      /** A search has no end here, but two seconds in an answer; the first one reads all our documents. */
      search: async () => fetch(`${url}/api/search?q=website`),
      starters: async () => (await json<{starters: readonly string[]}>(await fetch(`${url}/api/config`))).starters,
      [Symbol.asyncDispose]: () => server.close(),
    };
  };
  const ownQuestion = 'How do I put this on my website?';

  test('E16: the demo model of a new server answers from our own documents, with checked marks', async () => {
    await using demo = await startDemo();
    assert.ok((await demo.starters()).includes(ownQuestion));
    assert.equal((await demo.search()).status, 200);
    const {answer, text, chatId} = await demo.ask(ownQuestion);
    assert.equal(answer.grounded, true);
    assert.doesNotMatch(text, /\[\[\d/u);
    const citations = answer.parts.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []));
    assert.ok(citations.length > 0);
    const more = await demo.ask('tell me more', chatId);
    assert.match(more.text, /^There is more\./u);
    assert.equal(more.answer.grounded, true);
  });

  test('once the operator has documents, neither the demo model nor its page speaks of ours', async () => {
    await using demo = await startDemo({retriever: fakeRetriever(reportPassage)});
    assert.ok(!(await demo.starters()).includes(ownQuestion));
    assert.match((await demo.ask('hello')).text, /I answer from this site's own documents, and I can show you/);
    const {answer, text} = await demo.ask('Why do giraffes sleep?');
    assert.equal(answer.grounded, false);
    assert.match(text, /found nothing.*You could ask me about:\n\n- Fourth quarter\n\nOr say/s);
  });

  test('with the mode tool the demo model searches by itself, but not to show a table', async () => {
    await using demo = await startDemo({retriever: fakeRetriever(reportPassage), retrieval: {mode: 'tool'}});
    const {answer, text} = await demo.ask('What was the revenue in Q4?');
    assert.deepEqual(
      answer.parts.flatMap((part) => (part.type === 'tool' ? [part.input] : [])),
      [{query: 'What was the revenue in Q4?'}],
    );
    assert.match(text, /12\.4 million/);
    assert.equal(answer.grounded, true);
    const {parts} = (await demo.ask('show a table')).answer;
    assert.deepEqual(new Set(parts.map(({type}) => type)), new Set(['text']));
  });

  test('a short question is searched together with the one before it', async () => {
    await using rag = await ragStart();
    const {chatId} = await rag.chat.ask('How do I install it in React?');
    await rag.chat.ask('And in Vue?', {chatId});
    assert.deepEqual(
      rag.retriever.searches.map((search) => search.question),
      ['How do I install it in React?', 'How do I install it in React? And in Vue?'],
    );
  });

  test('passages never push the question, the instructions or the last turn out of a small context window', async () => {
    const long = 'The lamp needs oil. '.repeat(60);
    const passages: readonly KeptPassage[] = Array.from({length: 30}, (_, index) => ({
      ...reportPassage,
      id: `report.md#${index}`,
      text: `${index} ${long}`,
      ...(index % 3 !== 1 && {isNeighbour: true}),
    }));
    for (const contextLength of [400, 1_000, 2_000, 8_000, 100_000]) {
      const model = citing();
      await using chat = await startChat({
        providers: [model],
        retriever: fakeRetriever(...passages),
        models: [{id: 'm', name: 'M', contextLength}],
        instructions: 'Be brief.',
      });
      const {chatId} = await chat.ask('First question?');
      await chat.ask(question, {chatId});
      const {messages} = model.asked[1]?.request ?? {messages: []};
      assert.equal(textOf(messages.at(-1) ?? {parts: []}), question);
      assert.equal(textOf(messages[0] ?? {parts: []}), 'Be brief.');
      const printed = messages.filter(isPassages).map(textOf).join('');
      assert.ok(printed.length / 4 < Math.min(0.5 * contextLength, 4_600), `${printed.length}`);
      if (contextLength >= 2_000) assert.match(printed, /passage 1: /);
    }
  });
});
