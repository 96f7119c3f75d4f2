/** `POST /agui`: one run of an agent, as a stream of AG-UI's events. */
import {type ChatEvent, agUi, agUiEncoder, textOf} from '@chatlet/protocol';
import type {Response} from 'express';
import type {PromptMessage} from '../../../engine/provider.ts';
import type {UnsavedTurn} from '../../../engine/unsaved-turns.ts';
import {type ReadableTurn, batchesOf} from '../../../engine/turns/readable-turn.ts';
import type {Operation} from '../../operation.ts';
import type {Caller} from '../../request/auth.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {payerOf} from '../../request/payer.ts';
import {applyPlanOptions} from '../../request/plan-options.ts';
import {tellIgnored} from '../../request/unlisted-options.ts';
import {whileReading} from '../../response/answer.ts';
import {stopWithReader} from '../../response/stop-with-reader.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {type Batch, contextOf, writerOf} from '../../response/writer.ts';
import {type AgUiRequest, agUiBody, parseAgUi} from './request.ts';
import {type ResumedRun, findResumedRun, interruptIdOf, toKeptQuestion} from './resume.ts';

export const agUiOperation: Operation = {
  method: 'post',
  paths: ['/agui'],
  callers: 'visitors',
  tag: 'Questions',
  summary: 'Ask as AG-UI’s clients do',
  description:
    '`forwardedProps` may name the `model` and options of the answer, as in OpenAI’s API. A call that waits ends the run with ' +
    'the outcome `interrupt`, and `resume` answers it once.',
  body: agUiBody,
  headers: idempotencyHeaders,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  moreResponses: {409: {description: 'An interrupt was answered, or its time is over', answer: 'error'}},
  handler(services) {
    const {auth, store, turns, idempotency, offersTools} = services;
    const answers = unsavedAnswers(services);

    /** Whether a call of the answer may have to wait, for which the answer must be kept. */
    const mayWait = ({options, resume}: AgUiRequest) =>
      store.changeMessage !== undefined && (resume.length > 0 || (options.tools === undefined && offersTools()));

    async function startTurn(res: Response, request: AgUiRequest, {caller, resumed}: Asked): Promise<ReadableTurn> {
      const {owner, plan} = caller;
      const {model, threadId, messageCount} = request;
      const messages = resumed?.messages ?? request.messages;
      // The calls that go on are those of the server's tools.
      const {tools, ...others} = request.options;
      const options = applyPlanOptions(
        {messages, options: resumed || !tools ? others : request.options, messageCount},
        {plan},
      );
      const toQuestion = (now: readonly PromptMessage[]) => {
        const question = now.findLast(({role}) => role === 'user');
        return toKeptQuestion(question ? textOf(question) : '', threadId);
      };
      return turns.start(owner, {
        kind: 'new-question',
        question: toQuestion(messages),
        response: {
          messages,
          toQuestion,
          endsWithReader: true,
          keptFor: 'waits',
          mayWait: ['approval', 'form', 'url'],
          ...(resumed && {goesOnFrom: resumed.waiting}),
        },
        options,
        plan,
        payer: payerOf(res.req, caller),
        usesTools: true,
        ...(model !== undefined && {model}),
      });
    }

    return async (req, res) => {
      const caller = await auth.admit(req, res);
      const request = parseAgUi(req.body);
      const {threadId, runId} = request;
      const runOf = (answerId: string) => ({threadId: threadId ?? answerId, runId: runId ?? answerId});
      if (!mayWait(request) || (request.resume.length === 0 && idempotency.keyOf(req, caller.owner) !== undefined)) {
        const writer = (turn: UnsavedTurn) =>
          writerOf({...agUi, encoder: (context) => agUiEncoder(context, runOf(turn.answerId))}, contextOf(turn));
        await answers.answer({...request, usesTools: true}, {req, res, caller, writer, print: undefined});
        return;
      }
      tellIgnored(res, request.ignored ?? []);
      const resumed = request.resume.length > 0 ? await findResumedRun(services, caller.owner, request) : undefined;
      const turn = await startTurn(res, request, {caller, resumed});
      const signal = whileReading(res);
      stopWithReader(signal, {owner: caller.owner, turn, services});
      const run = {...runOf(turn.answerId), interruptId: (callId: string) => interruptIdOf(turn.chatId, callId)};
      const context = {...contextOf(turn), knownCalls: resumed?.knownCalls ?? []};
      await answers.beginStream(res, withRefused(batchesOf(turn, {signal}), resumed), {
        writer: writerOf({...agUi, encoder: () => agUiEncoder(context, run)}, context),
      });
    };
  },
};

interface Asked {
  readonly caller: Caller;
  readonly resumed: ResumedRun | undefined;
}

/** Adds the results of refused calls, which no run tells by itself, before the first word. */
async function* withRefused(
  batches: AsyncIterable<Batch>,
  resumed: ResumedRun | undefined,
): AsyncGenerator<Batch, void, void> {
  let results = (resumed?.refused ?? []).map(({callId, output = null}): ChatEvent => ({
    type: 'tool-result',
    callId,
    output,
    failed: true,
  }));
  for await (const batch of batches) {
    const first = batch.findIndex(({type}) => type !== 'message-start');
    if (results.length === 0 || first < 0) yield batch;
    else {
      yield [...batch.slice(0, first), ...results, ...batch.slice(first)];
      results = [];
    }
  }
}
