/**
 * message + event → message. Pure. Page and server both use it, so the answer that is shown and the answer that is saved
 * are equal by construction.
 */
import {closingFields} from './closing.ts';
import type {ChatEvent, ProviderMetadata, ReasoningDeltaEvent, TextDeltaEvent, ToolWaitEvent} from './event.ts';
import {endOfError} from './message.ts';
import type {Citation, Message, Part, ReasoningPart, TextPart, ToolPart} from './message.ts';

/**
 * Returns the message after the event. An event of an unknown type changes nothing, so a page can read a newer server.
 * A tool result without its call is ignored.
 */
export function applyEvent(message: Message, event: ChatEvent): Message {
  switch (event.type) {
    case 'message-start':
      return {...message, id: event.messageId, ...(event.model === '' ? {} : {model: event.model})};
    case 'text-delta':
    case 'reasoning-delta':
      return {...message, parts: appendDelta(message.parts, event)};
    case 'text-reset': {
      const kept = message.parts.findLastIndex(({type}) => type === 'tool');
      const parts = event.asReasoning
        ? message.parts.map((part, index) => (index > kept && part.type === 'text' ? toReasoning(part) : part))
        : message.parts.filter(({type}, index) => index <= kept || (type !== 'text' && type !== 'reasoning'));
      return {...message, parts};
    }
    case 'reasoning-metadata':
      return {...message, parts: addMetadata(message.parts, event.providerMetadata)};
    case 'logprobs':
      return message;
    case 'tool-call': {
      const {type: _, ...call} = event;
      return {...message, parts: [...message.parts, {type: 'tool', ...call, state: 'running'}]};
    }
    case 'tool-result': {
      const {output, failed, app} = event;
      return changeCall(message, event.callId, (call) => {
        const {progress: _, ...rest} = call;
        return {...rest, state: failed ? 'failed' : 'done', output, ...(app && {app})};
      });
    }
    case 'tool-progress': {
      const {type: _, callId, ...progress} = event;
      return changeCall(message, callId, (call) => (call.state === 'running' ? {...call, progress} : call));
    }
    case 'tool-wait':
      return changeCall(message, event.callId, (call) => toWaiting(call, event));
    case 'tool-approval':
      return changeCall(message, event.callId, (call) => ({...call, state: 'running', approval: event.approval}));
    case 'tool-reply':
      return changeCall(message, event.callId, (call) => ({...call, state: 'running', reply: event.reply}));
    case 'source':
      return message.parts.some((part) => part.type === 'source' && part.id === event.id)
        ? message
        : {...message, parts: [...message.parts, event]};
    case 'citation': {
      const {type: _, ...citation} = event;
      return {...message, parts: addCitation(message.parts, citation)};
    }
    case 'usage': {
      const {type: _, ...usage} = event;
      return {...message, usage};
    }
    case 'error':
      return {...message, ...endOfError(event)};
    case 'message-end':
      return {
        ...message,
        status: event.reason === 'stopped' ? 'stopped' : message.parts.some(isWaiting) ? 'waiting' : 'done',
        endReason: event.reason,
        ...closingFields(event),
      };
    default:
      event satisfies never;
      return message;
  }
}

function changeCall(message: Message, callId: string, change: (call: ToolPart) => ToolPart): Message {
  return {...message, parts: message.parts.map((part) => (isCall(part, callId) ? change(part) : part))};
}

function toWaiting(call: ToolPart, {wait, kept}: ToolWaitEvent): ToolPart {
  const {approval, reply: _, kept: __, progress: ___, ...rest} = call;
  return {
    ...rest,
    state: 'waiting',
    wait,
    // An approval of another definition of the tool counts no more.
    ...(approval && wait.ask !== 'approval' ? {approval} : {}),
    ...(kept === undefined ? {} : {kept}),
  };
}

/** Whether a part is the call with this id. */
export function isCall(part: Part, callId: string): part is ToolPart {
  return part.type === 'tool' && part.callId === callId;
}

/** Whether a part is a call that waits for an answer: of a person or of the page. */
export function isWaiting(part: Part): part is ToolPart {
  return part.type === 'tool' && part.state === 'waiting';
}

function toReasoning({text}: TextPart): ReasoningPart {
  return {type: 'reasoning', text};
}

/**
 * Appends to the last part if it has the same type, else begins a new part. Sources that arrive in the middle of a text
 * do not divide it.
 */
function appendDelta(parts: readonly Part[], event: TextDeltaEvent | ReasoningDeltaEvent): readonly Part[] {
  const type = event.type === 'text-delta' ? 'text' : 'reasoning';
  const index = lastBesideSources(parts);
  const last = parts[index];
  // Reasoning with metadata is complete.
  if (last?.type !== type || 'providerMetadata' in last) return [...parts, {type, text: event.delta}];
  return replaceAt(parts, index, {...last, text: last.text + event.delta});
}

/** Adds it to the end of the last text, unless something else came after that. */
function addCitation(parts: readonly Part[], citation: Omit<Citation, 'at'>): readonly Part[] {
  const index = lastBesideSources(parts);
  const last = parts[index];
  if (last?.type !== 'text') return parts;
  return replaceAt(parts, index, {
    ...last,
    citations: [...(last.citations ?? []), {at: last.text.length, ...citation}],
  });
}

function replaceAt(parts: readonly Part[], index: number, part: Part): readonly Part[] {
  return [...parts.slice(0, index), part, ...parts.slice(index + 1)];
}

/** The index of the last part that is no source; -1 if there is none. */
function lastBesideSources(parts: readonly Part[]): number {
  return parts.findLastIndex(({type}) => type !== 'source');
}

/** Adds it to the last reasoning, unless that has some already or is not of the same step; else to an empty one. */
function addMetadata(parts: readonly Part[], providerMetadata: ProviderMetadata): readonly Part[] {
  const index = parts.findLastIndex(({type}) => type === 'reasoning' || type === 'tool');
  const part = parts[index];
  if (part?.type !== 'reasoning' || part.providerMetadata) {
    return [...parts, {type: 'reasoning', text: '', providerMetadata}];
  }
  return parts.map((other) => (other === part ? {...part, providerMetadata} : other));
}

/**
 * Joins neighbouring deltas of one type, so that a burst of tokens costs one event. `applyEvent` makes the same message
 * of the joined events as of the single ones.
 */
export function joinDeltas(events: readonly ChatEvent[]): readonly ChatEvent[] {
  if (events.length < 2) return events;
  const joined: ChatEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (event.type === 'text-delta' && last?.type === 'text-delta') {
      joined[joined.length - 1] = {type: 'text-delta', delta: last.delta + event.delta};
    } else if (event.type === 'reasoning-delta' && last?.type === 'reasoning-delta') {
      joined[joined.length - 1] = {type: 'reasoning-delta', delta: last.delta + event.delta};
    } else {
      joined.push(event);
    }
  }
  return joined;
}
