/**
 * What a model cannot do at all: call tools, see images. Learned from its refusals, so that such a request is refused
 * without asking again. Forgotten after a while, since the operator may start the upstream with other settings.
 */
import {ChatError, type Part} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest} from '../engine/provider.ts';
import {type Ability, lackOf} from './refusal-rules.ts';

/** Milliseconds for which a refusal is remembered. */
const memory = 600_000;

export interface Abilities {
  /** Notes that a model lacks an ability, with the upstream's refusal as the cause. Returns whether that is new. */
  learn(model: string, lacks: Ability, cause: unknown): boolean;
  /**
   * The request without images if the model sees none: a chat with an image goes on with any model.
   * @throws ChatError if the model lacks an ability without which the request has no sense
   */
  fit(request: ProviderRequest): ProviderRequest;
}

interface Lack {
  readonly until: number;
  readonly cause: unknown;
}

export function createAbilities(now: () => number = Date.now): Abilities {
  const lacking = new Map<string, Lack>();
  const find = (model: string, ability: Ability): Lack | undefined => {
    const lack = lacking.get(`${ability} ${model}`);
    return lack && now() < lack.until ? lack : undefined;
  };
  return {
    learn(model, ability, cause) {
      const isNew = !find(model, ability);
      lacking.set(`${ability} ${model}`, {until: now() + memory, cause});
      return isNew;
    },
    fit(request) {
      if (lacking.size === 0) return request;
      const {model, tools, messages} = request;
      const question = messages.findLast(({role}) => role === 'user');
      const needed: readonly Ability[] = [
        ...(tools?.length ? (['tools'] as const) : []),
        ...(question?.parts.some(isImage) ? (['images'] as const) : []),
      ];
      for (const ability of needed) {
        const lack = find(model, ability);
        if (lack) throw toError(lackOf[ability], lack.cause);
      }
      return find(model, 'images') ? {...request, messages: messages.map(withoutImages)} : request;
    },
  };
}

/** Whether a request needs an ability of the model. */
export function needs({tools, messages}: ProviderRequest, ability: Ability): boolean {
  if (ability === 'tools') return tools !== undefined && tools.length > 0;
  return messages.some(({parts}) => parts.some(isImage));
}

function toError({code, message, param}: (typeof lackOf)[Ability], cause: unknown): ChatError {
  return new ChatError(code, message, {cause, details: {param}});
}

function isImage(part: Part): boolean {
  return part.type === 'file' && part.mediaType.startsWith('image/');
}

function withoutImages(message: PromptMessage): PromptMessage {
  if (!message.parts.some(isImage)) return message;
  const parts = message.parts.map((part): Part => (isImage(part) ? {type: 'text', text: '\n(An image.)'} : part));
  return {...message, parts};
}
