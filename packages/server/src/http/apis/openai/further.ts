/** `/v1/embeddings`, `/v1/completions` and `/v1/moderations`: passed on to the upstream, if it has them. */
import {ChatError, type Json, type JsonObject, asJson, isObject, openaiChat} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {checkPlan} from '../../../engine/plans.ts';
import type {FurtherApi, TakePiece} from '../../../engine/provider.ts';
import type {Operation} from '../../operation.ts';
import {nameField} from '../../request/body-fields.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {payerOf} from '../../request/payer.ts';
import {readUnlistedOptions, tellIgnored} from '../../request/unlisted-options.ts';
import {beginStream, whileReading} from '../../response/answer.ts';
import {type Writer, signOfLifeOf} from '../../response/writer.ts';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';
import {printOpenaiError} from './errors.ts';
import {openaiPaths, withDeployment} from './paths.ts';

const tokenList = z.array(z.int().min(0)).min(1).max(100_000);
const texts = z.union([
  z.string(),
  z.array(z.string()).min(1).max(2048),
  tokenList,
  z.array(tokenList).min(1).max(2048),
]);

export const embeddingsBody = z.object({
  model: nameField,
  input: texts,
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
  user: nameField.nullish(),
});

const completionsBody = z.object({
  model: nameField,
  prompt: texts,
  suffix: z.string().nullish(),
  max_tokens: z.int().min(0).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  n: z.int().min(1).max(4).nullish(),
  best_of: z.int().min(1).max(4).nullish(),
  echo: z.boolean().nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  seed: z.int().nullish(),
  user: nameField.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({include_usage: z.boolean().nullish()}).nullish(),
});

const moderationsBody = z.object({
  model: nameField.nullish(),
  input: z.union([
    z.string(),
    z.array(z.string()).min(1).max(2048),
    z
      .array(
        z.discriminatedUnion('type', [
          z.object({type: z.literal('text'), text: z.string()}),
          z.object({type: z.literal('image_url'), image_url: z.object({url: z.string()})}),
        ]),
      )
      .min(1)
      .max(100),
  ]),
});

/** A body that has been checked. */
interface Checked {
  readonly model?: string | null | undefined;
  readonly input?: unknown;
  readonly prompt?: unknown;
  readonly max_tokens?: number | null | undefined;
  readonly stream?: boolean | null | undefined;
}

interface Further {
  readonly api: FurtherApi;
  readonly summary: string;
  readonly body: z.ZodType<Checked> & {readonly shape: object};
  readonly streams?: readonly string[];
  /** Changes an answer of an upstream that ignored a part of the request. */
  readonly mend?: (answer: JsonObject, asked: JsonObject) => JsonObject;
}

function passedOn({api, summary, body, streams, mend = (answer) => answer}: Further): Operation {
  return {
    method: 'post',
    paths: openaiPaths(`/${api}`),
    callers: 'programs',
    printError: printOpenaiError,
    tag: 'Questions',
    summary,
    description: 'Passed on to the upstream. A 404 if it has no such API.',
    body,
    headers: idempotencyHeaders,
    answer: furtherAnswer,
    ...(streams && {streams}),
    mayBe404: true,
    asksModel: true,
    handler:
      ({auth, idempotency, passOn, passOptions, report, heartbeat}) =>
      async (req, res) => {
        const caller = await auth.admit(req, res);
        // The same request may be asked twice, since nothing comes of it; another one may not have its key.
        idempotency.keyOf(req, caller.owner);
        const received = withDeployment(req);
        const sent = check(body, received);
        const unlisted = readUnlistedOptions(received, {fields: body.shape, passOptions});
        tellIgnored(res, unlisted.ignored);
        const {model, stream, ...rest} = sent;
        const asked = textsOf(sent.input ?? sent.prompt);
        const longest = asked.reduce((longer, text) => (text.length > longer.length ? text : longer), '');
        const {maxTokens} = checkPlan(
          {messageCount: 1, question: longest, maxTokens: sent.max_tokens ?? undefined},
          caller.plan,
        );
        const limited = api === 'completions' && maxTokens !== undefined ? {max_tokens: maxTokens} : {};
        const passed = {...unlisted.passed, ...toJson(rest), ...limited, ...(stream === true && {stream})};
        const ask = {api, model: model ?? undefined, body: passed, texts: asked, plan: caller.plan};
        const signal = whileReading(res);
        const begin = (onPiece?: TakePiece) =>
          passOn.ask(
            caller.owner,
            {...ask, payer: payerOf(req, caller), ...(api === 'completions' && {maxTokens})},
            {signal, onPiece},
          );
        if (stream === true) await beginStream(res, piecesOf(begin), {writer: pieceWriter(), report, heartbeat});
        else res.json(mend(await begin(), passed));
      },
  };
}

/** The pieces of an answer, and an end. An upstream that does not stream gives one piece. A slow reader makes it wait. */
function piecesOf(begin: (onPiece: TakePiece) => Promise<JsonObject>): ReadableStream<JsonObject | End> {
  /** While pieces wait for the reader. */
  let full: PromiseWithResolvers<void> | undefined;
  async function fill(controller: ReadableStreamDefaultController<JsonObject | End>): Promise<void> {
    let streams = false;
    const answer = await begin((piece) => {
      streams = true;
      controller.enqueue(piece);
      full ??= Promise.withResolvers();
      return full.promise;
    });
    if (!streams) controller.enqueue(answer);
    controller.enqueue(end);
    controller.close();
  }
  return new ReadableStream(
    {
      start(controller) {
        fill(controller).catch((error: unknown) => controller.error(error));
      },
      // Called when the reader has taken all.
      pull() {
        full?.resolve();
        full = undefined;
      },
    },
    {highWaterMark: 1},
  );
}

const end = 'end';
type End = typeof end;

/** Writes pieces as they came. */
function pieceWriter(): Writer<JsonObject | End> {
  return {
    contentType: openaiChat.contentType,
    events: (piece) => [piece === end ? {type: 'message-end', reason: 'stop'} : {type: 'text-delta', delta: ''}],
    encode: (piece) => (piece === end ? 'data: [DONE]\n\n' : `data: ${JSON.stringify(piece)}\n\n`),
    cutOff: () =>
      openaiChat.encoder?.({id: '', model: '', created: 0}).encode([new ChatError('interrupted').toEvent()]) ?? '',
    end: () => '',
    signOfLife: signOfLifeOf({}),
  };
}

/** Without the fields that are null, which some upstreams refuse. */
function toJson(fields: object): JsonObject {
  const entries = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(entries.map(([name, value]): [string, Json] => [name, asJson(value)]));
}

/** The texts of an input; lists of tokens count as texts of one character each. */
function textsOf(input: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (items.every((item) => typeof item === 'number')) return ['x'.repeat(items.length)];
  return items.map((item) => {
    if (typeof item === 'string') return item;
    if (Array.isArray(item)) return 'x'.repeat(item.length);
    return isObject(item) && typeof item['text'] === 'string' ? item['text'] : '';
  });
}

/** OpenAI's clients ask for base64 and decode it. Some upstreams send numbers all the same. */
function toBase64(answer: JsonObject, {encoding_format: format}: JsonObject): JsonObject {
  const {data} = answer;
  if (format !== 'base64' || !Array.isArray(data)) return answer;
  return {
    ...answer,
    data: data.map((item): Json => {
      if (!isObject(item) || !Array.isArray(item['embedding'])) return item;
      const numbers = Float32Array.from(item['embedding'], Number);
      return {...item, embedding: Buffer.from(numbers.buffer).toString('base64')};
    }),
  };
}

const furtherAnswer: AnswerSchema = {name: 'passedOn', schema: z.looseObject({model: textField.optional()})};

export const furtherOperations: readonly Operation[] = [
  passedOn({api: 'embeddings', summary: 'Numbers that stand for texts', body: embeddingsBody, mend: toBase64}),
  passedOn({
    api: 'completions',
    summary: 'A text that goes on',
    body: completionsBody,
    streams: ['text/event-stream'],
  }),
  passedOn({api: 'moderations', summary: 'Whether texts are harmful', body: moderationsBody}),
];
