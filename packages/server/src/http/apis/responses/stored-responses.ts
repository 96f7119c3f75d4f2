/**
 * Stored responses: found by their ids, and read as items of a conversation. Each is kept as a chat of one turn. Its
 * question holds the request. A response of another owner does not exist. Knows no HTTP.
 */
import {ChatError, type ChatEvent, type Message, type ToolPart, asJson, isCall} from '@chatlet/protocol';
import {z} from 'zod';
import {responsePrefix} from '../../../engine/ids.ts';
import type {Owner, Store} from '../../../engine/store.ts';
import {savedEvents} from '../../../engine/turns/replay.ts';
import type {Turns} from '../../../engine/turns/turns.ts';
import {readItemId} from './ids.ts';
import {type Item, type Reference, type SentItem, isReference, keptItems, toItem} from './items.ts';
import {type ResponseFacts, responseEvents} from './response-events.ts';

/** A request as it is kept with the question. */
const origin = z.object({
  input: keptItems,
  settings: z.record(z.string(), z.unknown().transform(asJson)),
  sealsReasoning: z.boolean(),
});

/** A chain of responses is followed back this far. */
const longestChain = 1_000;

export interface StoredResponse {
  readonly facts: ResponseFacts;
  readonly input: readonly Item[];
  readonly answer: Message;
}

export interface Conversation {
  readonly items: readonly Item[];
  /** How many of them come from earlier responses. */
  readonly kept: number;
}

export interface StoredResponses {
  /** @throws ChatError `not-found` */
  load(owner: Owner, id: string): Promise<StoredResponse>;
  /**
   * The items of a request, with those of the responses before it, and with the items that it refers to.
   * @throws ChatError `not-found`, `invalid-request`
   */
  conversation(owner: Owner, sent: readonly SentItem[], previousId: string | undefined): Promise<Conversation>;
}

export function storedResponses({store, turns}: {store: Store; turns: Turns}): StoredResponses {
  async function load(owner: Owner, id: string): Promise<StoredResponse> {
    const isThere = id.startsWith(responsePrefix) && (await store.chat(owner, id)) !== undefined;
    const [question, answer] = isThere ? (await turns.messages(owner, id, {limit: 2})).items : [];
    const request = origin.safeParse(question?.origin).data;
    if (!request || !answer) throw noSuchResponse(id);
    const {input, settings, sealsReasoning} = request;
    const created = Math.floor(Date.parse(answer.createdAt) / 1000);
    return {facts: {id, model: answer.model ?? '', created, settings, sealsReasoning}, input, answer};
  }

  /** The items of a chain of responses, oldest first. */
  async function chain(owner: Owner, newestId: string): Promise<readonly Item[]> {
    const parts: (readonly Item[])[] = [];
    for (let id: unknown = newestId; typeof id === 'string';) {
      if (parts.length >= longestChain) {
        throw invalid(`More than ${longestChain} responses come before this one.`, 'previous_response_id');
      }
      const found: StoredResponse = await load(owner, id).catch((error: unknown) => {
        throw isNotFound(error) ? noPrevious(String(id)) : error;
      });
      if (found.answer.status === 'answering') {
        throw invalid(`The response "${id}" is still being written.`, 'previous_response_id');
      }
      parts.push([...found.input, ...outputItems(found)]);
      id = found.facts.settings['previous_response_id'];
    }
    return parts.toReversed().flat();
  }

  async function resolve(owner: Owner, {id}: Reference, known: Map<string, Promise<StoredResponse>>): Promise<Item> {
    const place = readItemId(id);
    if (!place) throw noSuchItem(id);
    const loading = known.get(place.responseId) ?? load(owner, place.responseId);
    known.set(place.responseId, loading);
    const found = await loading.catch((error: unknown) => {
      throw isNotFound(error) ? noSuchItem(id) : error;
    });
    const item = (place.list === 'input' ? found.input : outputItems(found))[place.place];
    if (!item) throw noSuchItem(id);
    return item;
  }

  return {
    load,
    async conversation(owner, sent, previousId) {
      const before = previousId === undefined ? [] : await chain(owner, previousId);
      const known = new Map<string, Promise<StoredResponse>>();
      const items: Item[] = [...before];
      for (const item of sent) items.push(isReference(item) ? await resolve(owner, item, known) : toItem(item));
      return {items, kept: before.length};
    },
  };
}

/** The events that make the response as it is now. */
export function eventsOf({facts: {id}, answer}: Pick<StoredResponse, 'facts' | 'answer'>): readonly ChatEvent[] {
  const events = savedEvents(answer, {chatId: id, questionId: ''});
  // An answer that is still being written has no end.
  return answer.status === 'answering' ? events.slice(0, -1) : events;
}

/** The whole response, stored or not. */
export function printWhole(stored: Pick<StoredResponse, 'facts' | 'answer'>) {
  const events = responseEvents(stored.facts, Infinity);
  events.encode(eventsOf(stored));
  return events.response();
}

/** With all that the upstream wants back, whether the client wants it or not. */
function outputItems({facts, answer}: StoredResponse): readonly Item[] {
  return keptItems.parse(printWhole({facts: {...facts, sealsReasoning: true}, answer})['output']);
}

/** The calls of a response that waited for an approval, or wait for one, by the ids of their items. */
export function requestedCalls({facts, answer}: StoredResponse): ReadonlyMap<string, ToolPart> {
  const events = responseEvents(facts, Infinity);
  events.encode(eventsOf({facts, answer}));
  const calls = new Map<string, ToolPart>();
  for (const [itemId, callId] of events.requests()) {
    const call = answer.parts.find((part) => isCall(part, callId));
    if (call?.type === 'tool') calls.set(itemId, call);
  }
  return calls;
}

function noSuchResponse(id: string): ChatError {
  return new ChatError('not-found', `There is no response "${id}".`);
}

function noPrevious(id: string): ChatError {
  return new ChatError('not-found', `Previous response with id "${id}" not found.`, {
    details: {param: 'previous_response_id'},
  });
}

export function noSuchItem(id: string): ChatError {
  const advice = 'Items of responses with "store": false are not kept; send the item itself.';
  return new ChatError('not-found', `Item with id "${id}" not found. ${advice}`, {details: {param: 'input'}});
}

function invalid(sentence: string, param: string): ChatError {
  return new ChatError('invalid-request', sentence, {details: {param}});
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'not-found';
}
