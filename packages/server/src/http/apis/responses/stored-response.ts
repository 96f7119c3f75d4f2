/** `/v1/responses/{id}`: a stored response is read, streamed again, cancelled and deleted. */
import type {Request, Response} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {NumberedBatch} from '../../../engine/turn-log.ts';
import type {Owner} from '../../../engine/store.ts';
import type {Operation} from '../../operation.ts';
import type {Auth} from '../../request/auth.ts';
import {beginStream, whileReading} from '../../response/answer.ts';
import type {HttpServices} from '../../services.ts';
import {printResponsesError} from './errors.ts';
import {inputItemId} from './ids.ts';
import {printInputItem} from './items.ts';
import {responsesPaths} from './paths.ts';
import {responseEvents} from './response-events.ts';
import {deletedResponseAnswer, inputItemsAnswer, responseAnswer, responseWriter} from './response.ts';
import {type StoredResponse, eventsOf, printWhole, storedResponses} from './stored-responses.ts';

const flag = z.enum(['true', 'false']).optional();

const retrieveQuery = z.object({
  stream: flag.describe('Give the events instead of the response, from the first one on or from one in between'),
  starting_after: z.coerce.number().int().min(0).optional().describe('The number of the last event that was read'),
});

const itemsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  after: z.string().max(200).optional(),
});

const shared = {callers: 'programs', printError: printResponsesError, mayBe404: true} as const;

export const storedResponseOperations: readonly Operation[] = [
  {
    ...shared,
    method: 'get',
    paths: responsesPaths('/:responseId'),
    tag: 'Questions',
    summary: 'A stored response, or its stream once more',
    description:
      'While the response is written, and for a minute after that, its stream can be read from any event on, with the ' +
      'same bytes. Later a stream that has been read in part gets its last event, which holds the whole response.',
    query: retrieveQuery,
    answer: responseAnswer,
    streams: ['text/event-stream'],
    handler(services) {
      const responses = storedResponses(services);
      return async (req, res) => {
        const {stream, starting_after: after} = check(retrieveQuery, req.query);
        const owner = await ownerOf(req, services.auth);
        const stored = await responses.load(owner, nameIn(req));
        if (stream === 'true') await streamAgain(res, {stored, owner, after}, services);
        else res.json(printWhole(stored));
      };
    },
  },
  {
    ...shared,
    method: 'delete',
    paths: responsesPaths('/:responseId'),
    tag: 'History',
    summary: 'Delete a stored response',
    answer: deletedResponseAnswer,
    handler(services) {
      const {auth, store, turns} = services;
      const responses = storedResponses(services);
      return async (req, res) => {
        const owner = await ownerOf(req, auth);
        const {id} = (await responses.load(owner, nameIn(req))).facts;
        await turns.stop(owner, id);
        await store.deleteChat(owner, id);
        res.json({id, object: 'response', deleted: true});
      };
    },
  },
  {
    ...shared,
    method: 'post',
    paths: responsesPaths('/:responseId/cancel'),
    tag: 'Questions',
    summary: 'Stop a response that is being written, here and at the model',
    answer: responseAnswer,
    handler(services) {
      const {auth, turns} = services;
      const responses = storedResponses(services);
      return async (req, res) => {
        const owner = await ownerOf(req, auth);
        const {id} = (await responses.load(owner, nameIn(req))).facts;
        await turns.stop(owner, id);
        res.json(printWhole(await responses.load(owner, id)));
      };
    },
  },
  {
    ...shared,
    method: 'get',
    paths: responsesPaths('/:responseId/input_items'),
    tag: 'History',
    summary: 'The items of a response’s input, newest first',
    query: itemsQuery,
    answer: inputItemsAnswer,
    handler(services) {
      const responses = storedResponses(services);
      return async (req, res) => {
        const {limit = 20, order = 'desc', after} = check(itemsQuery, req.query);
        const {facts, input} = await responses.load(await ownerOf(req, services.auth), nameIn(req));
        const all = input.map((item, place) => printInputItem(item, inputItemId(facts.id, place)));
        const inOrder = order === 'asc' ? all : all.toReversed();
        const rest = inOrder.slice(after === undefined ? 0 : inOrder.findIndex(({id}) => id === after) + 1);
        const data = rest.slice(0, limit);
        const [first, last] = [data[0], data.at(-1)].map((item) => item?.['id'] ?? null);
        res.json({object: 'list', data, first_id: first, last_id: last, has_more: rest.length > data.length});
      };
    },
  },
];

interface Again {
  readonly stored: StoredResponse;
  readonly owner: Owner;
  readonly after: number | undefined;
}

async function streamAgain(
  res: Response,
  {stored, owner, after}: Again,
  {turns, report, heartbeat}: HttpServices,
): Promise<void> {
  const {facts, answer} = stored;
  const turn = await turns.find(owner, facts.id, {recent: true});
  const options = {
    report: (error: unknown) => report(error, {answerId: answer.id}),
    heartbeat,
    startsAtOnce: true,
  };
  if (turn) {
    const writer = responseWriter(facts, {events: ({events}: NumberedBatch) => events, after});
    await beginStream(res, turn.read(0, {signal: whileReading(res)}), {...options, writer});
    return;
  }
  if (after === undefined) {
    const writer = responseWriter(facts, {events: ({events}: NumberedBatch) => events});
    const whole = [{first: 1, events: eventsOf(stored)}];
    await beginStream(res, readAll(whole), {...options, writer});
    return;
  }
  const events = responseEvents(facts, Infinity);
  events.encode(eventsOf(stored));
  res.set({'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform'});
  res.end(events.closing(after + 1));
}

async function* readAll<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}

function nameIn(req: Request): string {
  return String(req.params['responseId']);
}

/** A caller that proves nothing owns nothing, so that it finds no response. */
async function ownerOf(req: Request, auth: Auth): Promise<Owner> {
  return (await auth.identify(req))?.owner ?? 'nobody';
}
