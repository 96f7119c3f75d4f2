/** `POST /v1/responses`: answers a conversation, and stores the response unless the request says otherwise. */
import {asJson, textOf} from '@chatlet/protocol';
import type {Response} from 'express';
import {responsePrefix} from '../../../engine/ids.ts';
import type {PromptMessage} from '../../../engine/provider.ts';
import {toInstructions} from '../../../engine/context.ts';
import type {NumberedBatch} from '../../../engine/turn-log.ts';
import type {Question, WaitingAnswer} from '../../../engine/turns/ask.ts';
import {type ReadableTurn, batchesOf} from '../../../engine/turns/readable-turn.ts';
import type {Operation} from '../../operation.ts';
import type {Caller} from '../../request/auth.ts';
import {invalidField} from '../../request/body-fields.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {tellIgnored} from '../../request/unlisted-options.ts';
import {payerOf} from '../../request/payer.ts';
import {applyPlanOptions} from '../../request/plan-options.ts';
import {beginStream, readWholeAnswer, whileReading} from '../../response/answer.ts';
import {stopWithReader} from '../../response/stop-with-reader.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import type {Batch} from '../../response/writer.ts';
import type {HttpServices} from '../../services.ts';
import {printResponsesError} from './errors.ts';
import {findApprovals} from './approvals.ts';
import {type Item, retell, toMessages} from './items.ts';
import {responsesPaths} from './paths.ts';
import {type ResponseRequest, parseResponseRequest, responseBody} from './request.ts';
import {type ResponseFacts, responseEvents} from './response-events.ts';
import {responseAnswer, responseWriter} from './response.ts';
import {printWhole, storedResponses} from './stored-responses.ts';

export const createResponseOperation: Operation = {
  method: 'post',
  paths: responsesPaths(),
  callers: 'programs',
  printError: printResponsesError,
  tag: 'Questions',
  summary: 'Ask as clients of OpenAI’s Responses API do',
  description:
    'With `stream: true` the answer comes as it is written. The response is stored unless `store` is false. With ' +
    '`background: true` it is written to its end whether anybody reads it or not.',
  body: responseBody,
  headers: idempotencyHeaders,
  answer: responseAnswer,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth, passOptions} = services;
    const stored = storedResponses(services);
    const answers = unsavedAnswers(services);

    async function answerUnsaved(res: Response, asked: Asked): Promise<void> {
      const {request, messages, items, caller} = asked;
      const {model, options} = request;
      const {pickTool: usesTools} = request;
      const tools = usesTools && {usesTools};
      const question = {model, messages, messageCount: items.length, options, ...tools, mayBeEmpty: true};
      const signal = whileReading(res);
      const turn = await answers.begin(question, {req: res.req, caller});
      const facts = toFacts({...turn, model: turn.model.asked}, request);
      const batches = turn.read({signal});
      if (request.streams) {
        await answers.beginStream(res, batches, {writer: responseWriter(facts, {events: (batch: Batch) => batch})});
      } else res.json(printWhole({facts, answer: await readWholeAnswer(batches)}));
    }

    async function answerStored(res: Response, asked: Asked): Promise<void> {
      const {request, caller} = asked;
      const idempotencyKey = services.idempotency.keyOf(res.req, caller.owner);
      // If a client names its request, it comes again after a lost connection.
      const endsWithReader = !request.background && idempotencyKey === undefined;
      const turn = await startTurn({...asked, endsWithReader, idempotencyKey}, res, services);
      const signal = whileReading(res);
      if (endsWithReader) stopWithReader(signal, {owner: caller.owner, turn, services});
      const facts = toFacts({...turn, responseId: turn.chatId}, request);
      if (request.streams) {
        await beginStream(res, turn.read(0, {signal}), {
          writer: responseWriter(facts, {events: ({events}: NumberedBatch) => events}),
          report: (error) => services.report(error, {answerId: turn.answerId}),
          heartbeat: services.heartbeat,
          startsAtOnce: request.background,
        });
      } else if (request.background) res.json(responseEvents(facts).response());
      else res.json(printWhole({facts, answer: await readWholeAnswer(batchesOf(turn, {signal}))}));
    }

    return async (req, res) => {
      const caller = await auth.admit(req, res);
      const request = parseResponseRequest(req.body, passOptions);
      tellIgnored(res, request.ignored);
      const conversation = await stored.conversation(caller.owner, request.items, request.previousId);
      const {items, kept} = conversation;
      const approvals = await findApprovals(stored, caller.owner, conversation);
      if (approvals) checkApproved(request);
      const told = toMessages(items, kept);
      const placed = approvals ? {...told, messages: approvals.apply(told.messages)} : told;
      const instructions = toInstructions(request.instructions);
      const messages = [...instructions, ...placed.messages];
      const toQuestion = (now: readonly PromptMessage[]): Question => {
        const first = now.slice(0, instructions.length)[0];
        const others = now.slice(instructions.length);
        const question = others.findLast(({role}) => role === 'user');
        const input = retell(items, {...placed, kept, now: others}).map(asJson);
        const settings = {...request.settings, instructions: first ? textOf(first) : null};
        const {sealsReasoning} = request;
        return {
          parts: question ? [{type: 'text', text: textOf(question)}] : [],
          origin: {input, settings, sealsReasoning},
        };
      };
      const goesOnFrom = approvals?.waiting;
      const asked = {request, messages, items, toQuestion, caller, ...(goesOnFrom && {goesOnFrom})};
      await (request.stores ? answerStored(res, asked) : answerUnsaved(res, asked));
    };
  },
};

interface Asked {
  readonly request: ResponseRequest;
  readonly messages: readonly PromptMessage[];
  /** Of the whole conversation. */
  readonly items: readonly Item[];
  /** The request as it is kept, from the messages, or from the moderated ones. */
  readonly toQuestion: (messages: readonly PromptMessage[]) => Question;
  /** Set if the request answers calls that wait. */
  readonly goesOnFrom?: WaitingAnswer;
  readonly caller: Caller;
}

interface StoredAsk extends Asked {
  readonly endsWithReader: boolean;
  readonly idempotencyKey: string | undefined;
}

function startTurn(
  {request, messages, items, toQuestion, goesOnFrom, caller, endsWithReader, idempotencyKey}: StoredAsk,
  {req}: Response,
  {turns}: HttpServices,
): Promise<ReadableTurn> {
  const {owner, plan} = caller;
  const {model, truncates, pickTool} = request;
  const options = applyPlanOptions({messages, options: request.options, messageCount: items.length}, {plan});
  return turns.start(owner, {
    kind: 'new-question',
    question: toQuestion(messages),
    response: {
      messages,
      truncates,
      toQuestion,
      endsWithReader,
      mayWait: ['approval'],
      ...(goesOnFrom && {goesOnFrom}),
    },
    ...(pickTool && {usesTools: pickTool}),
    options,
    plan,
    payer: payerOf(req, caller),
    ...(model !== undefined && {model}),
    ...(idempotencyKey !== undefined && {idempotencyKey}),
  });
}

/** @throws ChatError `invalid-request` if the answered calls could not run */
function checkApproved({pickTool, stores}: ResponseRequest): void {
  if (!pickTool) throw invalidField('Answers to approval requests need the tool of type "mcp" again', 'tools');
  if (!stores) throw invalidField('A response that goes on with such calls must be stored', 'store');
}

interface Begun {
  readonly answerId: string;
  /** Absent if it is not stored. */
  readonly responseId?: string;
  readonly createdAt: string;
  readonly model: string;
}

function toFacts({answerId, responseId, createdAt, model}: Begun, request: ResponseRequest): ResponseFacts {
  return {
    id: responseId ?? responsePrefix + answerId.slice('msg_'.length),
    model,
    created: Math.floor(Date.parse(createdAt) / 1000),
    settings: request.settings,
    sealsReasoning: request.sealsReasoning,
  };
}
