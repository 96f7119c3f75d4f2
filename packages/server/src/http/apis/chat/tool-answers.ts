/** `/api/chat/:chatId/tools/:callId`: a person allows or refuses a call that waits. */
import {asJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import {chatIdOf} from '../../../engine/ids.ts';
import type {Operation} from '../../operation.ts';
import {namedChat} from '../../request/owned-chat.ts';
import {payerOf} from '../../request/payer.ts';
import {printError} from '../../response/errors.ts';
import type {AnswerSchema} from '../../response/answer-schemas.ts';

const toolReply = z.strictObject({
  approval: z
    .enum(['once', 'chat', 'refused'])
    .describe('`once` allows this call, `chat` the tool for the rest of the chat, `refused` neither'),
  messageId: z.string().max(200).optional().describe('The answer with the call'),
  input: z.unknown().optional().describe('Input in place of the model’s'),
  reason: z.string().max(2000).optional().describe('Words for the model, with a refusal'),
});

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
    summary: 'Allow or refuse a call of a tool that waits',
    description: 'A call is answered once. Whoever comes later gets a 409, and so does whoever comes after 24 hours.',
    body: toolReply,
    answer: toolReplyAnswer,
    mayBe404: true,
    moreResponses: {
      409: {description: 'It was answered, its time is over, or the chat has gone on', answer: 'error'},
    },
    handler:
      ({auth, store, turns}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        const chatId = caller && chatIdOf(caller.owner, namedChat(req));
        if (!chatId || !(await store.chat(caller.owner, chatId))) throw noSuchChat();
        const {approval, messageId, input, reason} = check(toolReply, req.body);
        const {owner, plan} = caller;
        const reply = {
          callId: String(req.params['callId']),
          approval,
          ...(messageId !== undefined && {messageId}),
          ...(input !== undefined && {input: asJson(input)}),
          ...(reason !== undefined && {reason}),
        };
        const asker = {plan, payer: payerOf(req, caller)};
        res.json(await turns.answerTool(owner, chatId, reply, asker));
      },
  },
];
