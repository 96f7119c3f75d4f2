/** Prepares the model's request: chooses the model, gathers the messages, applies the plan. Stores and logs nothing. */
import {type Chat, type Message, type Part, emptyAnswer, textOf} from '@chatlet/protocol';
import {showAppContext} from '../app-context.ts';
import {checkContext, fitContext, newestTurns, toInstructions} from '../context.ts';
import type {Models, ResolvedModel} from '../models.ts';
import {type Plan, checkPlan} from '../plans.ts';
import type {AnswerOptions, PromptMessage} from '../provider.ts';
import type {TurnRequest} from '../run-turn.ts';
import {toPageTool} from '../page-tools.ts';
import {callIdsOf} from '../tool-loop.ts';
import type {Owner, TurnStart} from '../store.ts';
import {type MayWait, type Toolbox, chooseTools} from '../tool.ts';
import {titleOf} from '../title.ts';
import type {Question, ResponseAsk, TurnAsk} from './ask.ts';
import type {PlacedAsk} from './judge-ask.ts';
import type {TurnTarget} from './target.ts';

/** A turn of a stored chat that is ready to begin. */
export type PreparedTurn = TurnRequest & {
  readonly chatId: string;
  readonly questionId: string;
  readonly temporary?: boolean;
  /** Question and answer are stored together when the answer has ended, always or only if a call waits then. */
  readonly storedAtEnd?: boolean | 'if-waiting';
};

export interface PrepareServices {
  readonly models: Models;
  /** The operator's instructions; the model reads them before every conversation. */
  readonly instructions?: string;
  /** The server's tools as they are now. */
  readonly tools?: () => Toolbox;
  /** Whether a call of a tool may wait for a person, because the store can change an answer later. */
  readonly mayWait: boolean;
}

const unlimited: Plan = {name: 'unlimited'};

/** @throws ChatError `model-not-found`, `plan-limit`, `forbidden`, `context-too-long` */
export async function prepareTurn(
  owner: Owner,
  {ask, target}: PlacedAsk,
  services: PrepareServices,
): Promise<PreparedTurn> {
  const {chatId, chat, answerId, questionId} = target;
  const model = await resolveModel(ask, chat, services.models);
  const prompt =
    ask.kind === 'new-question' && ask.response
      ? await promptOfResponse(ask, {response: ask.response, model, services})
      : await promptOfChat(ask, {target, model, services});
  const maxReasoningTokens = ask.plan?.maxReasoningTokens;
  const thinking = maxReasoningTokens !== undefined && {maxReasoningTokens};
  const lasting = ask.temporary === true && {temporary: true};
  const tools = chooseTools(services.tools, {
    usesTools: ask.usesTools,
    options: ask.options,
    pageTools: ask.pageTools?.map(toPageTool),
    context: {owner, chatId},
    mayWait: services.mayWait && mayWaitIn(ask),
  });
  const ids = {answerId, chatId, questionId};
  const isOneRun = ask.kind === 'new-question' && ask.response?.keptFor === 'waits';
  const known = isOneRun && {takenCallIds: prompt.messages.flatMap(callIdsOf)};
  const createdAt = new Date().toISOString();
  const turn = {...ids, model, tools: tools && {...tools, ...known}, ...prompt, ...thinking, ...lasting, createdAt};
  return ask.kind === 'new-question' && ask.response?.goesOnFrom ? goOnWithCalls(turn, owner) : turn;
}

/** A turn of a chat may wait for anything. */
function mayWaitIn(ask: TurnAsk): MayWait {
  return ask.kind === 'new-question' && ask.response ? (ask.response.mayWait ?? false) : true;
}

/** Makes the calls of the last message that still run the beginning of the answer. */
function goOnWithCalls(turn: PreparedTurn, owner: Owner): PreparedTurn {
  const {messages, answerId, chatId, model, createdAt} = turn;
  // A call whose tool is gone fails in words.
  const {tools = {tools: new Map(), context: {owner, chatId}}} = turn;
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return turn;
  const isOpen = (part: Part) => part.type === 'tool' && part.state === 'running';
  const parts = last.parts.filter(isOpen);
  // Those that somebody has refused have their results.
  if (parts.length === 0) return turn;
  return {
    ...turn,
    tools,
    messages: messages.slice(0, -1),
    earlierParts: last.parts.filter((part) => !isOpen(part)),
    begun: {...emptyAnswer({id: answerId, createdAt, model: model.asked}), parts},
  };
}

type Prompt = Pick<PreparedTurn, 'messages' | 'options' | 'mayBeEmpty' | 'storedAtEnd' | 'temporary'>;

interface PromptContext {
  readonly model: ResolvedModel;
  readonly services: PrepareServices;
}

async function promptOfResponse(
  {options = {}}: TurnAsk,
  {response, model, services}: PromptContext & {readonly response: ResponseAsk},
): Promise<Prompt> {
  const {contextLength} = model.model;
  const whole = [...toInstructions(services.instructions), ...response.messages];
  if (!response.truncates) await checkContext(whole, {contextLength});
  const messages = response.truncates ? await fitContext(whole, {contextLength, maxTokens: options.maxTokens}) : whole;
  const {endsWithReader = false, keptFor} = response;
  const stored = keptFor ? ({storedAtEnd: 'if-waiting', temporary: true} as const) : {storedAtEnd: endsWithReader};
  return {messages, options, mayBeEmpty: true, ...stored};
}

async function promptOfChat(
  ask: TurnAsk,
  {target: {question, kept, isFirst}, model, services}: PromptContext & {readonly target: TurnTarget},
): Promise<Prompt> {
  // The client's earlier messages are not stored, so each try to answer the first question needs them.
  const context = isFirst ? (ask.context ?? []) : [];
  const {instructions = [], plan = unlimited} = ask;
  const sent = context.length + instructions.length + (question ? 1 : 0);
  const options = applyPlan(plan, {ask, question, history: context, messageCount: sent});
  // A plan refuses too many sent messages, but only cuts stored ones to its limit.
  const stored = newestTurns(kept.filter(hasContent), (plan.maxMessages ?? Infinity) - sent).map(showAppContext);
  const messages = await fitContext(
    [
      ...toInstructions(services.instructions),
      ...instructions,
      ...context,
      ...stored,
      ...(question ? [{role: 'user', parts: question.parts} as const] : []),
    ],
    {contextLength: model.model.contextLength, maxTokens: ask.options?.maxTokens},
  );
  return {messages, options};
}

/** The chat, the question and the still empty answer, as the store writes them before the model says anything. */
export function toTurnStart(turn: PreparedTurn, {chat, question, replaceFrom}: TurnTarget): TurnStart {
  const {answerId, chatId, questionId, createdAt, temporary, begun} = turn;
  const model = turn.model.asked;
  return {
    chat: {
      id: chatId,
      title: chat?.title ?? titleOf(question ?? {parts: []}),
      model,
      createdAt: chat?.createdAt ?? createdAt,
      updatedAt: createdAt,
    },
    continues: chat !== undefined,
    ...(question && {question: toQuestion(questionId, question, createdAt)}),
    answer: begun ?? emptyAnswer({id: answerId, createdAt, model}),
    ...(replaceFrom !== undefined && {replaceFrom}),
    ...(temporary && {temporary}),
  };
}

function toQuestion(id: string, {parts, origin}: Question, createdAt: string): Message {
  return {id, role: 'user', parts, status: 'done', createdAt, ...(origin !== undefined && {origin})};
}

/** The model that was asked for; else the chat's, or the default if the caller may not use the chat's model any more. */
async function resolveModel(
  {model, defaultModel: apiDefault, plan}: TurnAsk,
  chat: Chat | undefined,
  models: Models,
): Promise<ResolvedModel> {
  if (model !== undefined || chat === undefined) return models.resolve(model, {apiDefault, plan});
  return models.resolve(chat.model, {plan}).catch(() => models.resolve(undefined, {plan}));
}

interface PlannedAsk {
  readonly ask: TurnAsk;
  readonly question: Question | undefined;
  /** The earlier messages of the request, if they count. */
  readonly history: readonly PromptMessage[];
  /** Messages that were sent with this request. */
  readonly messageCount: number;
}

/**
 * The options that the plan allows.
 * @throws ChatError `plan-limit`, `forbidden`
 */
function applyPlan(plan: Plan, {ask, question, history, messageCount}: PlannedAsk): AnswerOptions {
  const {instructions = [], options: {maxTokens, ...rest} = {}} = ask;
  const text = question ? textOf(question) : '';
  const hasInstructions = instructions.length > 0;
  const definitions = ask.pageTools ?? [];
  return {
    ...rest,
    ...checkPlan({messageCount, question: text, history, definitions, hasInstructions, maxTokens}, plan),
  };
}

/** A model reads no answers that failed before their first word. */
function hasContent({parts}: Message): boolean {
  return parts.some(({type}) => type === 'text' || type === 'file' || type === 'tool');
}
