/** A chat goes to a person of the site, and the person's reply comes back into it. */
import {ChatError} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import type {Operation} from '../../operation.ts';
import {checkOperator, operatorRefusals} from '../../request/operator-token.ts';
import {resolveOwnedChat} from '../../request/owned-chat.ts';
import {type AnswerSchema, dateTimeField, textField} from '../../response/answer-schemas.ts';
import {printError} from '../../response/errors.ts';
import {printStoredMessage} from './response.ts';

const contactBody = z.strictObject({
  consent: z.literal(true).describe('The visitor has seen what is sent, and agrees'),
  text: z.string().trim().max(4000).optional().describe('The visitor’s words to the person, stored as a question'),
});

const replyBody = z.strictObject({text: z.string().trim().min(1).max(20_000)});

const handedAnswer: AnswerSchema = {
  name: 'handedOver',
  schema: z.object({message: z.looseObject({id: textField, createdAt: dateTimeField})}),
};

export const contactOperations: readonly Operation[] = [
  {
    method: 'post',
    paths: ['/api/chat/:chatId/contact'],
    callers: 'visitors',
    printError,
    tag: 'Questions',
    summary: 'Hand a chat to a person of the site',
    description:
      'The chat goes to the webhook of `contact`. The message of the answer waits for the reply, for 24 hours; a chat that ' +
      'waits already is not sent again.',
    body: contactBody,
    answer: handedAnswer,
    mayBe404: true,
    moreResponses: {409: {description: 'An answer is being written', answer: 'error'}},
    handler:
      ({auth, store, handovers}) =>
      async (req, res) => {
        const owned = await resolveOwnedChat(req, auth);
        if (!owned || !(await store.chat(...owned))) throw noSuchChat();
        const {text = ''} = check(contactBody, req.body);
        if (!handovers) throw new ChatError('not-found', 'Nobody can be asked here.');
        const [owner, chatId] = owned;
        res.json({message: printStoredMessage(chatId, await handovers.ask(owner, chatId, text))});
      },
  },
  {
    method: 'post',
    paths: ['/api/turns/:turnId/reply'],
    callers: 'anybody',
    printError,
    tag: 'Operation',
    summary: 'Reply to a chat that was handed over',
    description: 'The id comes with the chat. The reply appears in the chat as said by a person.',
    body: replyBody,
    answer: {name: 'replied', schema: z.object({success: z.literal(true)})},
    mayBe404: true,
    moreResponses: {
      ...operatorRefusals,
      409: {description: 'Somebody has replied, or the time is over', answer: 'error'},
    },
    handler:
      ({handovers, operator}) =>
      async (req, res) => {
        checkOperator(req, operator);
        const {text} = check(replyBody, req.body);
        if (!handovers) throw noSuchChat();
        await handovers.reply(String(req.params['turnId']), {text});
        res.json({success: true});
      },
  },
];
