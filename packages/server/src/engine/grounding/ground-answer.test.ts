import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import {toJudge} from '../moderation.ts';
import type {Passage} from '../retriever.ts';
import {createGrounding} from './ground-answer.ts';
import {passages as texts, alteredQuotes, foreignQuotes, trueQuotes} from './testing/quotes.ts';

const passages: readonly Passage[] = texts.map((text, index) => ({
  id: `doc#${index}`,
  document: {id: 'doc', title: 'Document', url: 'https://example.com/doc', updatedAt: '2026-01-02T00:00:00.000Z'},
  headings: ['Part', `Heading ${index + 1}`],
  text,
}));

async function* stream(...batches: readonly (readonly ChatEvent[])[]) {
  yield* batches;
}

async function collect(batches: AsyncIterable<readonly ChatEvent[]>): Promise<readonly ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const batch of batches) events.push(...batch);
  return events;
}

const said = (delta: string): ChatEvent => ({type: 'text-delta', delta});
const end: ChatEvent = {type: 'message-end', reason: 'stop'};
const toMessage = (events: readonly ChatEvent[]) =>
  events.reduce(applyEvent, emptyAnswer({id: 'msg_1', createdAt: '2026-01-01T00:00:00.000Z'}));

suite('an answer that is grounded in passages', () => {
  test('of 40 true, 20 altered and 20 foreign quotes, 40 are shown and 40 are dropped', async () => {
    const marks = [...trueQuotes, ...alteredQuotes, ...foreignQuotes].map(
      ({passage, quote}, index) => `Sentence ${index}. [[${passage + 1}: "${quote}"]]`,
    );
    const grounding = createGrounding(passages);
    const tokens = marks.join(' ').match(/[\s\S]{1,5}/gu) ?? [];
    const answer = toMessage(await collect(grounding.read(stream(...tokens.map((token) => [said(token)]), [end]))));
    assert.deepEqual(grounding.marks(), {shown: 40, dropped: 40});
    const [text] = answer.parts.filter((part) => part.type === 'text');
    assert.equal(text?.citations?.length, 40);
    assert.equal(textOf(answer), marks.map((_, index) => `Sentence ${index}.`).join(' '));
    for (const {at, sourceId, quote} of text?.citations ?? []) {
      assert.match(textOf(answer).slice(0, at), /Sentence \d+\.$/u);
      assert.ok(answer.parts.some((part) => part.type === 'source' && part.id === sourceId));
      assert.ok(quote.length > 3);
    }
  });

  test('a source stands before its first mark, once, with its place and its own words', async () => {
    const grounding = createGrounding([
      {...(passages[0] as Passage), anchor: 'ferry times'},
      {...(passages[2] as Passage), page: 7},
    ]);
    const events = await collect(
      grounding.read(
        stream([
          said('At 9:40. [[1: "the FERRY to Hallig Hooge leaves at 9:40"]] Later back. [[1: "returns at 16:15"]]'),
          said(' Money. [[2: "Revenue in Q4 was 12.4 million euros"]]'),
          end,
        ]),
      ),
    );
    assert.deepEqual(events, [
      said('At 9:40.'),
      {
        type: 'source',
        id: 'doc#0',
        title: 'Document',
        url: 'https://example.com/doc#ferry%20times',
        quote: 'The ferry to Hallig Hooge leaves at 9:40',
        section: 'Part › Heading 1',
        updatedAt: '2026-01-02T00:00:00.000Z',
      },
      {type: 'citation', sourceId: 'doc#0', quote: 'The ferry to Hallig Hooge leaves at 9:40'},
      said(' Later back.'),
      {type: 'citation', sourceId: 'doc#0', quote: 'returns at 16:15'},
      said(' Money.'),
      {
        type: 'source',
        id: 'doc#2',
        title: 'Document',
        url: 'https://example.com/doc#page=7',
        quote: 'Revenue in Q4 was 12.4 million euros',
        section: 'Part › Heading 3',
        updatedAt: '2026-01-02T00:00:00.000Z',
      },
      {type: 'citation', sourceId: 'doc#2', quote: 'Revenue in Q4 was 12.4 million euros'},
      end,
    ]);
  });

  test('follow-ups are headings of passages that were found and not cited, at most three', async () => {
    const twin = {...(passages[1] as Passage), id: 'doc#99', headings: ['Heading 1']};
    const near = {...(passages[3] as Passage), isNeighbour: true};
    const given = [passages[0], twin, near, ...passages.slice(4, 9), passages[4]].filter((each) => each !== undefined);
    const grounding = createGrounding(given);
    await collect(grounding.read(stream([said('At 9:40. [[1: "leaves at 9:40 from Schlüttsiel"]]'), end])));
    assert.deepEqual(grounding.followUps(), ['Heading 5', 'Heading 6', 'Heading 7']);
    assert.deepEqual(createGrounding(given, {asksFollowUps: false}).followUps(), []);
  });

  test('the nearest page is that of the best passage, at its heading, and no neighbour of it', () => {
    const best: Passage = {
      id: 'tea#2',
      document: {id: 'tea', title: 'Tea', url: 'https://example.com/tea'},
      headings: ['Green'],
      text: 'It is hot.',
      anchor: 'green',
    };
    const before = {...best, id: 'tea#1', anchor: 'black', isNeighbour: true};
    const {url: _, ...unlinked} = best.document;
    assert.deepEqual(createGrounding([before, best]).nearestPage(), {
      title: 'Tea',
      url: 'https://example.com/tea#green',
    });
    assert.deepEqual(createGrounding([{...best, document: unlinked}]).nearestPage(), {title: 'Tea'});
    assert.equal(createGrounding([]).nearestPage(), undefined);
  });

  test('half of a mark is not shown, whether the answer ends, is cut, or breaks off', async () => {
    const half = [said('It leaves at 9:40. [[1: "The ferry to')];
    const endings: readonly (readonly ChatEvent[])[] = [
      [end],
      [{type: 'message-end', reason: 'length'}],
      [new ChatError('provider-error').toEvent()],
      [{type: 'tool-call', callId: '1', name: 'look', input: {}}, end],
      [],
    ];
    for (const ending of endings) {
      const events = await collect(createGrounding(passages).read(stream(half, ending)));
      assert.deepEqual(events, [said('It leaves at 9:40.'), ...ending]);
    }
  });

  test('text before a failure is given before the failure', async () => {
    async function* failing(): AsyncGenerator<readonly ChatEvent[], void, void> {
      yield [said('One \n')];
      throw new Error('gone');
    }
    const seen: ChatEvent[] = [];
    await assert.rejects(async () => {
      for await (const batch of createGrounding(passages).read(failing())) seen.push(...batch);
    }, /gone/);
    assert.deepEqual(seen, [said('One'), said(' \n')]);
  });

  test('text that the model takes back leaves no piece of a mark behind', async () => {
    const again: ChatEvent = {type: 'text-reset'};
    const events = await collect(
      createGrounding(passages).read(stream([said('Wrong [[1: "The fe'), again, said('Right.'), end])),
    );
    assert.deepEqual(events, [said('Wrong'), again, said('Right.'), end]);
  });

  test('the operator’s moderation judges the text without marks, and a mark does not come before its verdict', async () => {
    const judged: string[] = [];
    const judge = toJudge(
      {owner: 'visitor:1', model: 'm'},
      {
        output(text) {
          judged.push(text);
          return text.includes('secret') ? {refuse: true} : undefined;
        },
      },
    );
    const grounding = createGrounding(passages);
    const answer = stream(
      [said('It leaves at 9:40. [[1: "leaves at 9:40 from Schlüttsiel"]]')],
      [said(' The secret is out. [[3: "Revenue in Q4 was 12.4 million euros"]]')],
      [end],
    );
    const {signal} = new AbortController();
    const events = await collect(judge?.(grounding.read(answer), {signal}) ?? answer);
    assert.deepEqual(judged, ['It leaves at 9:40.', ' The secret is out.']);
    assert.deepEqual(
      events.map(({type}) => type),
      ['text-delta', 'source', 'citation', 'message-end'],
    );
  });
});
