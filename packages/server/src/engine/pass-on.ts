/**
 * Passes requests on to APIs of upstreams beside chatting: embeddings, raw completions, moderations. Their models are in
 * no list, so a name is asked of the upstream. Counts their cost. Knows no HTTP.
 */
import {ChatError, type JsonObject, asNumber, isObject} from '@chatlet/protocol';
import type {Concurrency} from './concurrency.ts';
import {countTokens} from './count-tokens.ts';
import {newId} from './ids.ts';
import type {ModelFacts, Models} from './models.ts';
import type {Payer} from './payer.ts';
import type {Plan} from './plans.ts';
import {costOf} from './prices.ts';
import type {FurtherApi, PassedOptions, PromptMessage, Provider} from './provider.ts';
import type {Report} from './report.ts';
import type {Spending} from './spending.ts';
import type {Owner, Store} from './store.ts';

export interface PassOnAsk {
  readonly api: FurtherApi;
  /** Absent if the upstream has a default. */
  readonly model?: string | undefined;
  /** The request without its model. */
  readonly body: JsonObject;
  /** The texts that the upstream reads. */
  readonly texts: readonly string[];
  /** Tokens of the answer; 0 for answers without words. */
  readonly maxTokens?: number | undefined;
  readonly plan: Plan;
  readonly payer: Payer;
}

export interface PassOn {
  /**
   * Returns the whole answer; its `model` is the asked one. If `onPiece` is given and the upstream streams, the pieces go
   * there, and the answer has no more than their usage.
   * @throws ChatError `not-found` if no upstream has that API, `model-not-found`, `forbidden`, and those of the upstream
   */
  ask(owner: Owner, ask: PassOnAsk, options: PassedOptions): Promise<JsonObject>;
}

export interface PassOnServices {
  readonly providers: readonly Provider[];
  readonly models: Models;
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  readonly facts?: readonly ModelFacts[] | undefined;
  readonly store: Pick<Store, 'addUsage'>;
  readonly spending?: Spending | undefined;
  readonly concurrency?: Concurrency;
  readonly report: Report;
  /** Whether the operator judges questions and answers, or tells the model how to answer. */
  readonly hasRules: boolean;
}

export function createPassOn(services: PassOnServices): PassOn {
  const {providers, models, aliases = {}, facts = [], store, spending, concurrency, report, hasRules} = services;

  async function resolve({api, model: asked, plan}: PassOnAsk): Promise<{provider: Provider; id?: string}> {
    if (api === 'completions') {
      // No rule of the operator can be put before a raw prompt.
      if (hasRules || plan.takesInstructions === false) {
        throw new ChatError('forbidden', 'Raw completions are not allowed here. Use /v1/chat/completions.');
      }
      const {provider, upstreamId} = await models.resolve(asked, {plan});
      return {provider, id: upstreamId};
    }
    const name = asked !== undefined && Object.hasOwn(aliases, asked) ? aliases[asked] : asked;
    if (plan.models && name !== undefined && ![asked, name].some((each) => plan.models?.includes(each ?? ''))) {
      throw new ChatError('model-not-found', 'There is no such model.', {details: {availableModels: plan.models}});
    }
    const able = providers.filter((each) => each.passOn !== undefined);
    const named = able.find((each) => name?.startsWith(`${each.id}/`));
    const provider = named ?? able[0];
    if (!provider) throw lacksApi(api);
    return {provider, ...(name !== undefined && {id: named ? name.slice(named.id.length + 1) : name})};
  }

  return {
    async ask(owner, ask, {signal, onPiece}) {
      const {api, model: asked, body, texts, maxTokens = 0, plan, payer} = ask;
      const {provider, id} = await resolve(ask);
      if (!provider.passOn) throw lacksApi(api);
      const pricing = facts.find((fact) => fact.id === asked || fact.id === id)?.pricing;
      const messages: readonly PromptMessage[] = texts.map((text) => ({role: 'user', parts: [{type: 'text', text}]}));
      const leave = concurrency?.enter(payer, plan);
      const held = await spending?.hold(payer, {messages, maxTokens, pricing}).catch((error: unknown) => {
        leave?.();
        throw error;
      });
      const rename = (answer: JsonObject) =>
        asked === undefined || answer['model'] === undefined ? answer : {...answer, model: asked};
      let said = '';
      const hear =
        onPiece &&
        ((piece: JsonObject) => {
          said += textOfPiece(piece);
          return onPiece(rename(piece));
        });
      let used: {promptTokens: number; completionTokens: number} | undefined;
      const count = async (answer: JsonObject) => {
        const usage = isObject(answer['usage']) ? answer['usage'] : {};
        const told = asNumber(usage['prompt_tokens']);
        const promptTokens = told ?? (await countTokens(texts.join('\n')));
        const completionTokens = asNumber(usage['completion_tokens']) ?? (said === '' ? 0 : await countTokens(said));
        used = {promptTokens, completionTokens};
        const cost = costOf(used, pricing);
        const record = {
          ...used,
          messageId: newId('msg'),
          model: asked ?? api,
          ...(cost !== undefined && {cost}),
          estimated: told === undefined,
          createdAt: new Date().toISOString(),
        };
        // Nobody waits for the disk.
        store.addUsage(owner, record).catch((error: unknown) => report(error, {model: record.model}));
      };
      try {
        const sent = {...body, ...(id !== undefined && {model: id})};
        const answer = await provider.passOn({api, body: sent, messages}, {signal, onPiece: hear});
        await count(answer);
        return rename(answer);
      } catch (error) {
        // The upstream charges for words of an answer that broke off, too.
        if (said !== '') await count({});
        throw error;
      } finally {
        held?.end(used);
        leave?.();
      }
    },
  };
}

/** The text of a piece of a raw completion. */
function textOfPiece({choices}: JsonObject): string {
  if (!Array.isArray(choices)) return '';
  return choices
    .map((choice) => (isObject(choice) && typeof choice['text'] === 'string' ? choice['text'] : ''))
    .join('');
}

function lacksApi(api: FurtherApi): ChatError {
  return new ChatError('not-found', `No upstream of this server has ${api}.`, {details: {cause: 'unknown-url'}});
}
