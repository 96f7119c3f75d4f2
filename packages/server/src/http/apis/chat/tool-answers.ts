/** `/api/chat/:chatId/tools/:callId`: a person or a page answers a call that waits. */
import {ChatError, type Json, asJson, pageToolLimits} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import {chatIdOf} from '../../../engine/ids.ts';
import type {ToolReply} from '../../../engine/tool-waits.ts';
import type {Operation} from '../../operation.ts';
import {namedChat} from '../../request/owned-chat.ts';
import {pageToolsField} from '../../request/page-tools-field.ts';
import {payerOf} from '../../request/payer.ts';
import {printError} from '../../response/errors.ts';
import type {AnswerSchema} from '../../response/answer-schemas.ts';

const toolReply = z.strictObject({
  messageId: z.string().max(200).optional().describe('The answer with the call'),
  expiresAt: z
    .string()
    .max(100)
    .optional()
    .describe('Of the question that is answered, because a call may ask one thing after the other'),
  approval: z
    .enum(['once', 'chat', 'refused'])
    .optional()
    .describe('`once` allows this call, `chat` the tool for the rest of the chat, `refused` neither'),
  input: z.unknown().optional().describe('With `approval`: input in place of the model’s'),
  reason: z.string().max(2000).optional().describe('With `approval`: words for the model, with a refusal'),
  action: z.enum(['accept', 'decline']).optional().describe('To a call that asks for a form or an address'),
  content: z.record(z.string(), z.unknown()).optional().describe('With `action`: the fields of an accepted form'),
  claim: z
    .string()
    .max(100)
    .optional()
    .describe('A name that the page has chosen: alone, it says that the page runs the function; then with its result'),
  takesOver: z.string().max(100).optional().describe('With `claim` alone: the claim of a page that is gone'),
  output: z.unknown().optional().describe('To a call of a function of the page: its result'),
  error: z.string().max(2000).optional().describe('To a call of a function of the page: why it has no result'),
  pageTools: pageToolsField,
});

/** @throws ChatError `invalid-request` unless the body has one answer */
function readReply(callId: string, sent: z.infer<typeof toolReply>): ToolReply {
  const {messageId, expiresAt, approval, input, reason, action, content, claim, takesOver, output, error} = sent;
  const answers = [approval, action, output, error].filter((answer) => answer !== undefined);
  if (answers.length !== 1 && !(answers.length === 0 && claim !== undefined)) {
    throw new ChatError(
      'invalid-request',
      'The body needs one of `approval`, `action`, `output` and `error`, or `claim`.',
    );
  }
  const call = {
    callId,
    ...(messageId !== undefined && {messageId}),
    ...(expiresAt !== undefined && {expiresAt}),
  };
  if (claim !== undefined && answers.length === 0) {
    return {...call, claim, ...(takesOver !== undefined && {takesOver})};
  }
  if (approval !== undefined) {
    return {
      ...call,
      approval,
      ...(input !== undefined && {input: asJson(input)}),
      ...(reason !== undefined && {reason}),
    };
  }
  if (action !== undefined) return {...call, action, ...(content && {content: asJson(content)})};
  const page = {...call, ...(claim !== undefined && {claim})};
  return error === undefined ? {...page, output: checkLength(asJson(output))} : {...page, error};
}

function checkLength(output: Json): Json {
  const {length} = typeof output === 'string' ? output : JSON.stringify(output);
  if (length <= pageToolLimits.result) return output;
  throw new ChatError('invalid-request', `output has at most ${pageToolLimits.result} characters.`);
}

const toolReplyAnswer: AnswerSchema = {
  name: 'toolReply',
  schema: z.object({
    goesOn: z.boolean().describe('Whether the answer goes on now: `GET /api/chat/:chatId/stream` has it'),
  }),
};

export const toolAnswerOperations: readonly Operation[] = [
  {
    method: 'post',
    paths: ['/api/chat/:chatId/tools/:callId'],
    callers: 'visitors',
    printError,
    tag: 'Questions',
    summary: 'Answer a call of a tool that waits',
    description:
      'A call is answered once. Whoever comes later gets a 409, and so does whoever comes after 24 hours, to a function ' +
      'of the page after a minute. The body has one of `approval`, `action`, `output` and `error`.',
    body: toolReply,
    answer: toolReplyAnswer,
    mayBe404: true,
    moreResponses: {
      409: {description: 'It was answered, its time is over, or the chat has gone on', answer: 'error'},
    },
    handler:
      ({auth, store, turns, acceptPageTools}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        const chatId = caller && chatIdOf(caller.owner, namedChat(req));
        if (!chatId || !(await store.chat(caller.owner, chatId))) throw noSuchChat();
        const sent = check(toolReply, req.body);
        const reply = readReply(String(req.params['callId']), sent);
        const {owner, plan} = caller;
        const {pageTools} = acceptPageTools(sent.pageTools);
        const asker = {plan, payer: payerOf(req, caller), ...(pageTools && {pageTools})};
        const {goesOn} = await turns.answerTool(owner, chatId, reply, asker);
        res.json({goesOn});
      },
  },
];
