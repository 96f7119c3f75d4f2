/** `/chat/stream` and `/chat/models`, also under `/api` and `/api/bento`: the smallest way to ask. Nothing is stored. */
import {type Message, type Model, contentDelta, textOf} from '@chatlet/protocol';
import {Router} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {contextOf, whileReading, wholeAnswer, writerOf} from '../../response/answer.ts';
import {type UnsavedQuestion, unsavedAnswers} from '../../response/unsaved-answer.ts';
import {name} from '../../request/body-fields.ts';
import {foldMessages, messages, optionFields, optionsOf} from '../openai/request.ts';
import type {HttpServices} from '../../services.ts';
import {withNumbers} from '../chat/models.ts';

export const chatStreamBody = z.object({
  messages,
  model: name.nullish(),
  /** Answered without documents for as long as there are none to look into. */
  ragEnabled: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  ...optionFields,
});

/** What the document of these paths calls the model that answers where none is named. */
const defaultModel = 'default-llm-model';

const prefixes = ['/chat', '/api/chat', '/api/bento/chat'];

export function chatStreamRoutes(services: HttpServices): Router {
  const {auth, models} = services;
  const router = Router();
  const answers = unsavedAnswers(services);

  router.post(at('stream'), async (req, res) => {
    const caller = await auth.admit(req, res);
    const {streams, ...question} = parseChatStream(req.body);
    const turn = await answers.begin(question, {req, caller});
    const answer = turn.read({signal: whileReading(res)});
    if (streams) await answers.stream(res, answer, {writer: writerOf(contentDelta, contextOf(turn))});
    else res.json(printContent(await wholeAnswer(answer)));
  });

  /** All models, and by its own name the one that answers where none is named. */
  const listed = async (): Promise<readonly Model[]> => {
    const list = await models.list();
    if (list.some(({id}) => id === defaultModel)) return list;
    // Where nobody has a model, or not the one that was chosen, the list says no more than that.
    const {model} = (await models.resolve(defaultModel).catch(() => undefined)) ?? {};
    return model ? [...list, {...model, id: defaultModel, name: `Default: ${model.name}`}] : list;
  };

  router.get(at('models'), async (req, res) => {
    await auth.identify(req);
    res.json({models: (await listed()).map(withNumbers)});
  });

  return router;
}

/** @throws ChatError `invalid-request` */
function parseChatStream(body: unknown): UnsavedQuestion & {readonly streams: boolean} {
  const {messages, model, stream, ...sent} = check(chatStreamBody, body);
  return {
    model: model ?? undefined,
    defaultModel,
    messages: foldMessages(messages),
    messageCount: messages.length,
    options: {temperature: 0.7, ...optionsOf(sent)},
    streams: stream ?? true,
  };
}

/** A whole answer. */
function printContent(answer: Message) {
  const sources = answer.parts.filter(({type}) => type === 'source');
  return {
    content: textOf(answer),
    finishReason: answer.endReason ?? 'stop',
    ...(sources.length > 0 && {sources}),
  };
}

function at(path: string): string[] {
  return prefixes.map((prefix) => `${prefix}/${path}`);
}
